import Catalogs
import Testing

@Suite("Catalogs") struct CatalogTests {
  private func catalog() -> Catalog<String> {
    Catalog(["euler", "heun"], of: "solver", reserved: ["none"], name: { $0 })
  }

  @Test("Entries are found by name, in the order in which they were added")
  func order() throws {
    let catalog = catalog()
    try catalog.add("rk4-38")
    #expect(catalog.names == ["euler", "heun", "rk4-38"])
    #expect(catalog["rk4-38"] == "rk4-38")
    #expect(catalog["rk"] == nil)
  }

  @Test(
    "Names that could not be written in a list, or mean something else, are refused",
    arguments: [
      "", "two words", "a,b", "Heun", "-x", "x-", "a--b", "2d", "folder:x", "none", "euler",
    ])
  func refusal(name: String) {
    let catalog = catalog()
    #expect(throws: CatalogError.self) { try catalog.add(name) }
    #expect(catalog.names == ["euler", "heun"])
  }

  @Test("The refusal says what is wrong")
  func words() {
    #expect {
      try catalog().add("heun")
    } throws: {
      "\($0)" == "solver: expected a name that is not taken, found 'heun'"
    }
  }

  @Test("Of entries that are added at once under one name, one is kept")
  func concurrency() async {
    let catalog = catalog()
    let added = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<50 { group.addTask { (try? catalog.add("new")) != nil } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(added == 1)
    #expect(catalog.names.count == 3)
  }
}
