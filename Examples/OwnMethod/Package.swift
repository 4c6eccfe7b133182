// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "hopfield",
  platforms: [.macOS(.v14)],
  dependencies: [.package(name: "basin", path: "../..")],
  targets: [
    .executableTarget(
      name: "hopfield",
      dependencies: [
        "BasinCommands", "Methods", "NeuralNetworks", "Robustness", "StableDynamics", "Tensors",
      ].map { .product(name: $0, package: "basin") })
  ],
  cxxLanguageStandard: .cxx20
)
