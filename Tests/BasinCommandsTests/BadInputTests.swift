import Datasets
import Foundation
import Methods
import Robustness
import Runs
import Testing

/// A command line that is wrong, and what the tool says of it.
struct Mistake: Sendable, CustomTestStringConvertible {
  let arguments: String
  let status: Int32
  /// The line without `basin: `.
  let message: String

  init(_ arguments: String, _ status: Int32, _ message: String) {
    self.arguments = arguments
    self.status = status
    self.message = message
  }

  var testDescription: String { arguments }
}

extension ToolTests {
  @Suite("Bad input: one clear line, the right exit code, nothing written")
  struct BadInputTests {
    static let mistakes = [
      Mistake(
        "train --method nope", 64,
        "method: expected one of \(names(MethodCatalog.all.map { $0.name })), found 'nope'"),
      Mistake(
        "train --data nope", 64,
        """
        data set: expected one of \(names(DatasetCatalog.sources.map(\.card.name))), found "nope". \
        `basin data list` describes each of them; folder:PATH and arrays:TRAIN,TEST take data of \
        your own.
        """),
      Mistake(
        "train --set training.epoch=5", 78,
        "--set training.epoch=5: there is no key 'training.epoch'. Did you mean training.epochs?"),
      Mistake(
        "train --method ch-node --set model.features.dimension=63", 78,
        "model.features.dimension: expected an even number, of positions and momenta, found 63"),
      Mistake(
        "train --method contractive-node --data toy-2d --set model.field=convolutional", 78,
        "model.field: expected dense for points, which have no maps, found convolutional"),
      Mistake(
        "train --data toy-2d --set data.augmentation=[crop]", 64,
        """
        augmentation 'crop': expected images, of three axes, found samples of shape [2]. Leave it \
        out, or train on a data set that has such images.
        """),
      Mistake(
        "train --method sodef --set model.recipe=three-phase --epochs 2", 78,
        """
        training.epochs: expected at least 5, so that the phase 'classifier' has one of them, found 2
        """),
      Mistake(
        "train --set training.epochs=many", 78,
        "--set training.epochs=many: training.epochs: expected an integer, found many"),
      Mistake(
        "train --set junk", 64,
        "--set junk: expected KEY=VALUE such as training.epochs=5, found 'junk'"),
      Mistake(
        "train --device gpu", 64,
        "device: expected one of cpu, cuda, cuda:N or auto, found 'gpu'. Did you mean cuda?"),
      Mistake(
        "train --resume runs/none", 66,
        """
        runs/none/config.yaml: expected the configuration of a run, found no such folder. \
        Give the folder that `basin train` made.
        """),
      Mistake(
        "evaluate runs/any --epsilons 8/0", 64,
        """
        budget: expected a denominator above 0, found '8/0'. \
        Pixels are in [0, 1]: eight grey levels are 8/255.
        """),
      Mistake(
        "evaluate runs/any --attacks nope", 64,
        """
        attacks: expected one of \(names(AttackCatalog.entries.map(\.name))), found 'nope'. \
        Separate names by commas. Lists have names too: none, quick, standard, paper.
        """),
      Mistake(
        "evaluate runs/any --severities 6", 64,
        """
        severities: expected one of 1, 2, 3, 4, 5, found '6'. Separate names by commas. \
        Lists have names too: all.
        """),
      Mistake(
        "evaluate runs/any", 66,
        """
        runs/any: expected the folder of a run or a model file, found nothing. \
        Check the path, or train a model with `basin train --out runs/any`.
        """),
      Mistake(
        "data fetch nope", 64,
        """
        data set: expected one of \(names(DatasetCatalog.sources.map(\.card.name))), found "nope". \
        `basin data list` describes each of them; folder:PATH and arrays:TRAIN,TEST take data of \
        your own.
        """),
    ]

    @Test("a wrong command line", arguments: mistakes)
    func wrongCommandLine(_ mistake: Mistake) throws {
      let folder = try Workplace()
      let outcome = try Tool.run(
        mistake.arguments, in: folder)
      #expect(outcome.status == mistake.status)
      #expect(outcome.error == "basin: \(mistake.message)\n")
      #expect(outcome.output.isEmpty)
      #expect(folder.contents.isEmpty)
    }

    @Test("what the parser itself refuses exits with 64")
    func parserErrors() throws {
      let folder = try Workplace()
      for arguments in [["frob"], ["train", "--frob"], ["evaluate"], ["train", "--epochs", "x"]] {
        #expect(try Tool.run(arguments, in: folder).status == 64)
      }
    }

    @Test("CUDA where there is none exits with 69")
    func noCUDA() throws {
      let folder = try Workplace()
      let outcome = try Tool.run("train --device cuda:63", in: folder)
      #expect(outcome.status == 69)
      #expect(outcome.error.split(separator: "\n").count == 1)
      #expect(folder.contents.isEmpty)
    }

    @Test("a run folder that exists is left as it is")
    func existingRun() throws {
      let folder = try Workplace()
      try FileManager.default.createDirectory(
        at: folder.file("mine"), withIntermediateDirectories: false)
      try folder.write("precious", to: "mine/file")
      let outcome = try Tool.run("train --out mine", in: folder)
      #expect(outcome.status == 74)
      #expect(
        outcome.error == """
          basin: mine: expected a new folder, found one that is there. \
          Choose another with --out, or continue that run with --resume mine.

          """)
      #expect(folder.contents == ["mine", "mine/file"])
    }

    @Test("a run folder that cannot be made exits with 74")
    func unwritableRun() throws {
      let folder = try Workplace()
      try folder.write("", to: "file")
      let outcome = try Tool.run("train --out file/run", in: folder)
      #expect(outcome.status == 74)
      #expect(
        outcome.error.hasPrefix("basin: file/run: expected a folder that can be made, found "))
      #expect(outcome.error.split(separator: "\n").count == 1)
      #expect(folder.contents == ["file"])
    }

    @Test("a run resumes with its own configuration")
    func resumedWithOther() throws {
      let runs = try TrainedRuns.shared.get()
      let before = try runs.folder.data("runs/zubov/model.safetensors")
      let outcome = try Tool.run(
        "train --resume runs/zubov --set training.learningRate=0.5", in: runs.folder)
      #expect(outcome.status == 78)
      #expect(
        outcome.error == """
          basin: runs/zubov: a run resumes with its own configuration, in which \
          training.learningRate is 0.001, not 0.5. Leave these out, or start another run with --out.

          """)
      #expect(try runs.folder.data("runs/zubov/model.safetensors") == before)
    }

    @Test("an IDX file cut short or with a wrong magic exits with 65")
    func damagedIDX() throws {
      let folder = try Workplace()
      try FileManager.default.createDirectory(
        at: folder.file("data/mnist"), withIntermediateDirectories: true)
      let whole: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28]
      for (bytes, found) in [
        (whole + Array(repeating: 0, count: 100), "cut short"),
        ([1] + whole.dropFirst() + Array(repeating: 0, count: 2 * 784), "wrong magic"),
      ] {
        for name in [
          "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1",
        ] {
          try Data(bytes).write(to: folder.file("data/mnist/\(name)-ubyte"))
        }
        let outcome = try Tool.run("train --data mnist --data-root data --out run", in: folder)
        #expect(outcome.status == 65, "\(found): \(outcome.error)")
        #expect(outcome.error.hasPrefix("basin: "))
        #expect(outcome.error.contains("train-images-idx3-ubyte: expected "))
        #expect(outcome.error.split(separator: "\n").count == 1)
        #expect(!folder.exists("run"))
      }
    }
  }
}

private func names(_ names: [String]) -> String { names.joined(separator: ", ") }
