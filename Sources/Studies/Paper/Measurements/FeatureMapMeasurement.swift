import Datasets
import Embedding
import Evaluations
import Foundation
import Methods
import NeuralNetworks
import Robustness
import Runs
import Tensors

/// Where the final states of test images lie, brought into a plane: clean, attacked and noisy.
struct FeatureMap: Codable, Sendable {
  /// The images under one condition.
  struct Panel: Codable, Sendable {
    let condition: String
    /// Places in the plane by t-SNE.
    let x: [Double]
    let y: [Double]
    /// Of the features themselves, in [-1, 1]: how much nearer a point is to its own class.
    let silhouette: Double
    /// The share of points whose 10 nearest neighbours are mostly of their class, of the features.
    let neighborAccuracy: Double
  }

  /// The class of each image, the same in all panels.
  let labels: [Int]
  let classNames: [String]
  let panels: [Panel]
}

/// Embeds h(T) of test images by t-SNE (Fig. 3), each condition by itself.
///
/// The paper does not say with which budget its FGSM worked and which severity its noise had; here
/// they are 8/255 and 3. h(T) is what the classifier sees: of LyaNet these are its logits.
struct FeatureMapMeasurement: PaperMeasurement {
  let name = "feature-map"
  /// Test images of each class, fewer where the class has fewer (paper: 400).
  let imagesPerClass: Int

  var request: String {
    "\(imagesPerClass) test images a class; FGSM at 8/255, Gaussian noise of severity 3; perplexity 30"
  }

  func outcome(
    of run: Run, on samples: LabelledSamples, others: [Run], in folder: PaperFolder,
    progress: (_ done: Int, _ total: Int) throws -> Void
  ) throws -> FeatureMap {
    let chosen = Self.chosen(of: samples, perClass: imagesPerClass)
    let trained = run.model.trained()
    let scores = trained.scoreFunctions.last!
    let threat = ThreatModel(budget: try Budget("8/255"))
    let noise = GaussianNoise(severity: try Severity(3))
    let conditions: [(name: String, images: (LabelledImages) throws -> Tensor)] = [
      ("clean", { $0.images }),
      ("FGSM", { try FGSM().perturb(.init($0, scores: scores, threat: threat)).images }),
      ("Gaussian noise", { try noise.applied(to: $0.images, indices: $0.indices, seed: 0) }),
    ]
    let steps = TSNE(perplexity: 30)
    let total = conditions.count * (chosen.count + steps.iterations)
    var done = 0
    func advance(_ count: Int) throws {
      done += count
      try progress(done, total)
    }
    let labels = chosen.map { samples.labels[$0] }
    let panels = try conditions.map { condition in
      var coordinates: [Double] = []
      for start in stride(from: 0, to: chosen.count, by: 128) {
        let positions = Array(chosen[start..<min(start + 128, chosen.count)])
        let batch = try LabelledImages(
          images: run.tensor(of: samples, at: positions),
          labels: positions.map { samples.labels[$0] }, indices: positions,
          classCount: run.input.classCount)
        let images = try condition.images(batch)
        let state = try withoutGradients { try trained.outputs(images)["state"] }
        guard let state else {
          throw MethodError(
            subject: "figure 3", method: run.configuration.method, lacking: "a final state h(T)",
            example: "zubov-net")
        }
        coordinates += state.doubles
        try advance(positions.count)
      }
      let points = Points(coordinates, dimension: coordinates.count / chosen.count)
      var generator = SplitMix64(seed: 0)
      let embedding = try steps.embedding(of: points, using: &generator) { _ in try advance(1) }
      return FeatureMap.Panel(
        condition: condition.name, x: embedding.points.column(0), y: embedding.points.column(1),
        silhouette: silhouetteScore(of: points, labels: labels),
        neighborAccuracy: Embedding.neighborAccuracy(of: points, labels: labels, neighborCount: 10)
      )
    }
    return FeatureMap(labels: labels, classNames: samples.classNames, panels: panels)
  }

  /// Random images of each class, by a fixed seed.
  private static func chosen(of samples: LabelledSamples, perClass: Int) -> [Int] {
    let order = SeededPermutation(count: samples.count, seed: 0, epoch: 0).indices
    var taken = [Int](repeating: 0, count: samples.classNames.count)
    return order.filter { index in
      let label = samples.labels[index]
      taken[label] += 1
      return taken[label] <= perClass
    }.sorted()
  }
}

extension Points {
  fileprivate func column(_ place: Int) -> [Double] {
    (0..<count).map { coordinates[$0 * dimension + place] }
  }
}
