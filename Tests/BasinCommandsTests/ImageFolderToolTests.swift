import Foundation
import Images
import Runs
import Testing

extension ToolTests {
  @Suite("Folders of images by class")
  struct ImageFolderToolTests {
    /// Two classes of two images of 8 x 8, and one image of each to test on.
    func images() throws -> Workplace {
      let folder = try Workplace()
      for (name, level) in [("dark", 20), ("light", 220)] as [(String, UInt8)] {
        let image = JPEGImage(
          width: 8, height: 8, channels: 1, pixels: Array(repeating: level, count: 64))
        for path in ["train/\(name)/0.jpg", "train/\(name)/1.jpg", "test/\(name)/0.jpg"] {
          let file = folder.url.appendingPathComponent("pictures/\(path)")
          try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
          try Data(image.encoded(quality: 90)).write(to: file)
        }
      }
      return folder
    }

    @Test("verified, learnt from and, once gone, asked for")
    func use() throws {
      let folder = try images()
      let verified = try Tool.run("data verify folder:pictures", in: folder)
      #expect(verified.status == 0, "\(verified.error)")
      #expect(verified.output.contains("4 + 2 images of 2 classes"))
      let trained = try Tool.run(
        "train --method resnet18 --data folder:pictures --epochs 1 --threads 1", in: folder)
      #expect(trained.status == 0, "\(trained.error)")
      let run = "runs/resnet18-pictures-seed0"
      let yaml = try String(contentsOf: folder.file("\(run)/config.yaml"), encoding: .utf8)
      // The folder in full: the run finds it from everywhere.
      #expect(yaml.contains("folder:/") && yaml.contains("/pictures"))
      // A grey picture for a model of three channels.
      let predicted = try Tool.run(
        "predict \(run) --input pictures/test/dark/0.jpg --output out.safetensors",
        in: folder)
      #expect(predicted.status == 0, "\(predicted.error)")
      let elsewhere = try Workplace()
      let other = try Tool.run(
        "evaluate \(folder.file(run).path) --attacks none --threads 1", in: elsewhere)
      #expect(other.status == 0, "\(other.error)")
      #expect(!other.error.contains("warning"), "\(other.error)")

      try FileManager.default.removeItem(at: folder.file("pictures"))
      let evaluated = try Tool.run("evaluate \(run) --attacks none", in: folder)
      #expect(evaluated.status == 66)
      #expect(evaluated.error.contains("expected train/CLASS/*.jpg, .png or .webp, found no image"))
    }

    @Test("what is passed over is said, an empty class can be allowed, other data are noticed")
    func notices() throws {
      let folder = try images()
      try FileManager.default.createDirectory(
        at: folder.file("pictures/train/empty"), withIntermediateDirectories: false)
      try folder.write("x", to: "pictures/train/dark/notes\u{1B}[2J.txt")
      let train = [
        "train", "--method", "resnet18", "--data", "folder:pictures", "--epochs", "1", "--threads",
        "1",
        "--out", "run",
      ]
      let refused = try Tool.run(train, in: folder)
      #expect(refused.status == 66 && !folder.exists("run"))
      #expect(
        refused.error.contains("found none in train/empty. Put images there, take the folder"))
      let allowed = try Tool.run(train + ["--set", "data.allowEmptyClasses=true"], in: folder)
      #expect(allowed.status == 0, "\(allowed.error)")
      #expect(allowed.error.contains("warning: ") && allowed.error.contains("passed over 1 file"))
      #expect(!allowed.error.contains("\u{1B}[2J"))

      let image = JPEGImage(
        width: 8, height: 8, channels: 1, pixels: Array(repeating: 99, count: 64))
      try Data(image.encoded(quality: 90)).write(to: folder.file("pictures/test/dark/0.jpg"))
      let evaluated = try Tool.run("evaluate run --attacks none --threads 1", in: folder)
      #expect(evaluated.status == 0, "\(evaluated.error)")
      #expect(evaluated.error.contains("is not the one that run was trained beside"))
    }

    @Test("exit codes tell a missing folder from a damaged image")
    func failures() throws {
      let folder = try images()
      let missing = try Tool.run("data verify folder:nowhere", in: folder)
      #expect(missing.status == 66)
      try Data([0xFF, 0xD8, 0xFF]).write(to: folder.file("pictures/train/light/1.jpg"))
      let damaged = try Tool.run("train --data folder:pictures", in: folder)
      #expect(damaged.status == 65)
      #expect(
        damaged.error.contains(
          "train/light/1.jpg: expected a JPEG, PNG or WebP image of 8 x 8 pixels"))
    }
  }
}
