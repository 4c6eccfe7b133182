// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "basin-benchmarks",
  platforms: [.macOS(.v14)],
  dependencies: [
    .package(name: "basin", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "basin-bench",
      dependencies: [
        .product(name: "Runs", package: "basin"),
        .product(name: "Evaluations", package: "basin"),
        .product(name: "Studies", package: "basin"),
        .product(name: "Datasets", package: "basin"),
        .product(name: "Images", package: "basin"),
        .product(name: "StableDynamics", package: "basin"),
        .product(name: "Methods", package: "basin"),
        .product(name: "DifferentialEquations", package: "basin"),
        .product(name: "Robustness", package: "basin"),
        .product(name: "SparseRecovery", package: "basin"),
        .product(name: "NeuralNetworks", package: "basin"),
        .product(name: "Tensors", package: "basin"),
        .product(name: "Verification", package: "basin"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ])
