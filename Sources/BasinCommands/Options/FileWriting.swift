import ArgumentParser

/// A command that writes files or folders that the user names. What it names is checked before the
/// command runs, so that nothing is computed in vain and nothing of the user's is destroyed.
protocol FileWriting: ParsableCommand {
  /// What it reads and where it writes.
  var files: CommandFiles { get }
}

/// What a command reads and where it writes.
struct CommandFiles {
  /// Something that is read.
  enum Source {
    /// A file, or a folder with everything in it.
    case path(String)
    /// A run's folder, with the images that it learnt from, or a model file.
    case run(String)
    /// The folder of a data set called `folder:PATH`; no other name has one of its own.
    case dataSet(String)
    /// The folder of each data set in a root.
    case data(DataOptions)
  }

  /// Something that is written.
  struct Destination {
    enum Kind {
      case file
      /// One that holds runs.
      case folderOfRuns
      /// One for a run that is to be made.
      case run
    }

    /// The option that names it, or what it is.
    let name: String
    let path: String
    var kind = Kind.file
    /// The file of the source run that this result is kept in, which it may replace.
    var ownFile: String?
  }

  var sources: [Source] = []
  var destinations: [Destination] = []

  /// With what is written if an option is given.
  func writing(
    _ option: String, _ path: String?, as kind: Destination.Kind = .file, ownFile: String? = nil
  ) -> CommandFiles {
    guard let path else { return self }
    let destination = Destination(name: option, path: path, kind: kind, ownFile: ownFile)
    return CommandFiles(sources: sources, destinations: destinations + [destination])
  }

  /// With files that are read if their options are given.
  func reading(_ paths: String?...) -> CommandFiles {
    CommandFiles(
      sources: sources + paths.compactMap { $0.map(Source.path) }, destinations: destinations)
  }
}
