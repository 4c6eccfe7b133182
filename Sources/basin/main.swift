import BasinCommands

// All of it is in BasinCommands, a library that tests can reach.
BasinTool.run()
