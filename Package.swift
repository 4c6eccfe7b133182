// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A library target of Basin; lower layers never depend on higher ones.
func module(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.target(name: name)] + dependencies, exclude: exclude,
    swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "basin",
  platforms: [.macOS(.v14)],
  products: [
    .executable(name: "basin", targets: ["basin"]),
    // Opened by the program where a CUDA device is wanted.
    .library(name: "BasinNCCL", type: .dynamic, targets: ["CNCCL"]),
    .library(name: "Tensors", targets: ["Tensors"]),
    .library(name: "NeuralNetworks", targets: ["NeuralNetworks"]),
    .library(name: "Distributed", targets: ["Distributed"]),
    .library(name: "DifferentialEquations", targets: ["DifferentialEquations"]),
    .library(name: "Settings", targets: ["Settings"]),
    .library(name: "StableDynamics", targets: ["StableDynamics"]),
    .library(name: "Methods", targets: ["Methods"]),
    .library(name: "Verification", targets: ["Verification"]),
    .library(name: "Robustness", targets: ["Robustness"]),
    .library(name: "SparseRecovery", targets: ["SparseRecovery"]),
    .library(name: "TorchScript", targets: ["TorchScript"]),
    .library(name: "Datasets", targets: ["Datasets"]),
    .library(name: "Embedding", targets: ["Embedding"]),
    .library(name: "Images", targets: ["Images"]),
    .library(name: "Failures", targets: ["Failures"]),
    .library(name: "Files", targets: ["Files"]),
    .library(name: "Catalogs", targets: ["Catalogs"]),
    .library(name: "Reports", targets: ["Reports"]),
    .library(name: "Runs", targets: ["Runs"]),
    .library(name: "Evaluations", targets: ["Evaluations"]),
    .library(name: "Training", targets: ["Training"]),
    .library(name: "Studies", targets: ["Studies"]),
    // The command line, for packages that add to it.
    .library(name: "BasinCommands", targets: ["BasinCommands"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    .systemLibrary(name: "libtorch", pkgConfig: "libtorch"),
    .systemLibrary(
      name: "zlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "libcrypto", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .systemLibrary(
      name: "libjpeg", pkgConfig: "libjpeg",
      providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    .systemLibrary(
      name: "libpng", pkgConfig: "libpng",
      providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "libwebp", pkgConfig: "libwebp",
      providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
    .target(name: "CTorch", dependencies: ["libtorch"]),
    // It reads CTorch's handles from their file: one C++ target cannot import another's module.
    .target(
      name: "CDistributed", dependencies: ["libtorch"],
      cxxSettings: [.headerSearchPath("../CTorch"), .headerSearchPath("../CTorch/include")]),
    .target(name: "CNCCL", dependencies: ["libtorch"]),
    .target(
      name: "CTorchScript", dependencies: ["libtorch"],
      cxxSettings: [.headerSearchPath("../CTorch"), .headerSearchPath("../CTorch/include")]),
    .target(name: "CImages", dependencies: ["libjpeg", "libpng", "libwebp"]),
    module("Failures", []),
    module("Catalogs", []),
    module("Settings", []),
    module("Files", ["Failures", "zlib", "libcrypto"]),
    module("Images", ["CImages", "Files"]),
    module("Tensors", ["CTorch", "Files", "Failures"]),
    module("NeuralNetworks", ["Tensors", "Failures", "Catalogs"]),
    module("Distributed", ["Tensors", "CTorch", "CDistributed", "Failures"]),
    module(
      "TorchScript", ["Tensors", "CTorch", "CTorchScript", "NeuralNetworks", "Files", "Failures"]),
    module("DifferentialEquations", ["Tensors", "Catalogs"]),
    module("StableDynamics", ["NeuralNetworks", "DifferentialEquations", "Catalogs", "Settings"]),
    module("Methods", ["StableDynamics", "Catalogs"]),
    module(
      "Verification",
      ["Tensors", "NeuralNetworks", "DifferentialEquations", "Files", "Failures", "Catalogs"]),
    module("Robustness", ["NeuralNetworks", "Files", "Failures", "Catalogs", "Images"]),
    module("SparseRecovery", ["NeuralNetworks", "Files", "Failures", "Catalogs"]),
    module(
      "Datasets",
      ["Tensors", "Files", "Failures", "Catalogs", "Images", "zlib"],
      resources: [
        .embedInCode("Resources/digits-images-idx3-ubyte.gz"),
        .embedInCode("Resources/digits-labels-idx1-ubyte.gz"),
      ]),
    module("Embedding", ["Tensors", "Failures"]),
    module("Reports", ["Images", "Files", "Failures"]),
    module(
      "Runs",
      [
        "Methods", "Robustness", "SparseRecovery", "Datasets", "Distributed", "Reports", "Images",
        "Files", "Failures", "Catalogs",
        .product(name: "Yams", package: "Yams"),
      ]),
    module("Evaluations", ["Runs", "Verification", "Embedding", "TorchScript"]),
    module("Training", ["Evaluations"]),
    module("Studies", ["Training"]),
    module("BasinCommands", ["Studies", argumentParser]),
    .executableTarget(name: "basin", dependencies: ["BasinCommands"], swiftSettings: settings),
    // What the tests of several modules share.
    .target(
      name: "TestSupport", dependencies: ["Tensors"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "DynamicsTestSupport", dependencies: ["StableDynamics", "TestSupport"],
      path: "Tests/DynamicsTestSupport", swiftSettings: settings),
    tests("Tensors", []),
    tests("NeuralNetworks", ["Tensors", "TestSupport"]),
    tests("TorchScript", ["NeuralNetworks", "Robustness", "Datasets", "Tensors"]),
    tests("Distributed", ["NeuralNetworks", "DifferentialEquations", "Tensors"]),
    tests("DifferentialEquations", ["Tensors", "TestSupport"]),
    tests("Failures", []),
    tests("Files", ["Failures"]),
    tests("Catalogs", []),
    tests("Images", [], exclude: ["Fixtures"]),
    tests("Robustness", ["NeuralNetworks", "Images", "Tensors", "TestSupport"]),
    tests("Settings", []),
    tests(
      "StableDynamics",
      ["NeuralNetworks", "DifferentialEquations", "Tensors", "DynamicsTestSupport", "TestSupport"]),
    tests(
      "Methods",
      [
        "StableDynamics", "NeuralNetworks", "DifferentialEquations", "Tensors",
        "DynamicsTestSupport", "TestSupport",
      ]),
    tests("Verification", ["NeuralNetworks", "DifferentialEquations", "Tensors", "TestSupport"]),
    tests("SparseRecovery", ["NeuralNetworks", "Tensors", "TestSupport"]),
    tests("Datasets", ["Tensors", "NeuralNetworks", "Images", "TestSupport"]),
    tests("Embedding", []),
    tests("Reports", []),
    tests("Runs", ["Methods", "NeuralNetworks", "Datasets", "Tensors", "TestSupport"]),
    tests("Evaluations", ["Methods", "Robustness", "Datasets", "Tensors", "TestSupport"]),
    tests("Training", ["Methods", "Datasets", "Reports", "Tensors", "TestSupport"]),
    tests("Studies", ["Verification", "Tensors", "TestSupport"]),
    tests(
      "BasinCommands",
      ["Distributed", "NeuralNetworks", "Tensors", "Images", "TestSupport", argumentParser]),
  ],
  cxxLanguageStandard: .cxx20
)
