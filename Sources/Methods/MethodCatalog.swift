import Catalogs

/// The methods by name.
public enum MethodCatalog {
  private static let builtIn: [any Method.Type] = [
    LeNetMethod.self,
    ResNet18Method.self,
    NeuralODEMethod.self,
    ANODEMethod.self,
    TisODEMethod.self,
    DelayODEMethod.self,
    FractionalODEMethod.self,
    LyaNetMethod.self,
    FxTSNetMethod.self,
    FIODEMethod.self,
    SODEFMethod.self,
    ASODEMethod.self,
    ProjNODEMethod.self,
    StableDEQMethod.self,
    ContractiveNODEMethod.self,
    AntisymmetricNODEMethod.self,
    CHNODEMethod.self,
    HamiltonianNODEMethod.self,
    NodeRENMethod.self,
    ZubovNetMethod.self,
    ZubovCellMethod.self,
    CertifiedCellMethod.self,
  ]

  private static let catalog = Catalog(builtIn, of: "method", name: { $0.name })

  /// Every method, those of other packages behind Basin's own.
  public static var all: [any Method.Type] { catalog.entries }

  /// The method of a name on the command line; nil if there is none.
  public static func method(named name: String) -> (any Method.Type)? { catalog[name] }

  /// Adds a method of another package.
  ///
  /// - Throws: `CatalogError` if its name cannot be used.
  public static func add(_ method: any Method.Type) throws(CatalogError) { try catalog.add(method) }
}
