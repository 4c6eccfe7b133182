import Datasets
import Foundation
import NeuralNetworks
import Reports
import Robustness
import Runs
import Tensors

/// Images that an attack broke, beside the clean ones.
struct ImageSection {
  let group: RunGroup
  let locations: DataLocations
  private let exampleCount = 8

  /// Nothing for points, and for runs without adversarial examples.
  var blocks: [ReportPage.Block] {
    let run = group.first
    guard let evaluation = run.evaluation,
      FileManager.default.fileExists(atPath: run.adversarialExamples.path)
    else { return [] }
    do {
      let set = try AdversarialSet(contentsOf: run.adversarialExamples.relativePath)
      let dataset = try (run.configuration?.data ?? DataSettings(name: run.dataName)).load(
        locations)
      guard dataset.card.sampleShape.count == 3, !set.examples.isEmpty,
        set.configurationHash == evaluation.configurationHash
      else { return [] }
      let samples = set.split == .test ? dataset.test : dataset.validation ?? dataset.test
      return [.prose("`\(group.label)`"), .gallery(gallery(of: set, samples, evaluation))]
    } catch {
      return [.note("Example images of `\(group.label)` are left out: \(error)")]
    }
  }

  private func gallery(
    of set: AdversarialSet, _ samples: LabelledSamples, _ evaluation: Evaluation
  ) -> ImageGallery {
    var indices: [Int] = []
    for example in set.examples where !indices.contains(example.index) {
      indices.append(example.index)
      if indices.count == exampleCount { break }
    }
    return ImageGallery(
      indices.filter { $0 < samples.count }.map { index in
        let label = samples.labels[index]
        func picture(
          _ image: Tensor, _ name: String, _ prediction: Int
        ) -> ImageGallery.Picture {
          .init(
            PixelImage(image), name: name,
            prediction: samples.classNames.indices.contains(prediction)
              ? samples.classNames[prediction] : "\(prediction)",
            isCorrect: prediction == label)
        }
        let place = evaluation.result.indices.firstIndex(of: index)
        let clean = picture(
          samples.batch([index]).inputs[0], "clean",
          place.map { evaluation.result.cleanPredictions[$0] } ?? label)
        let attacked = set.examples.indices.filter { set.examples[$0].index == index }.map {
          let example = set.examples[$0]
          return picture(
            set.images[$0], "\(example.attack) \(example.threat.budget)", example.prediction)
        }
        return .init(title: "\(samples.classNames[label])", pictures: [clean] + attacked)
      })
  }
}

extension PixelImage {
  /// An image [1, H, W] or [3, H, W] in [0, 1]. Other numbers of channels show the first.
  init(_ image: Tensor) {
    let (channels, height, width) = (image.shape[0], image.shape[1], image.shape[2])
    let levels = (image.to(.float64) * 255).rounded.clamped(to: 0...255)
    let shown = channels == 3 ? levels.permuted([1, 2, 0]) : levels[0]
    self.init(width: width, height: height, pixels: shown.contiguous().integers.map(UInt8.init))
  }
}
