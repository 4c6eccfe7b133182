import Foundation
import Images
import Testing
import Training

#if os(Linux)
  extension ToolTests {
    @Suite("Memory of a training: planned, bounded, refused in time")
    struct TrainingMemoryTests {
      private struct Plan: Decodable {
        let steps: Int
        let stepSeconds: Double
        let peakBytes: Double
        let stepBytes: Double
        let bytesLeft: Double
      }

      private func plan(_ arguments: String, in folder: Workplace) throws -> Plan {
        let found = try Tool.run(
          ["train", "--plan", "--format", "json", "--threads", "1"]
            + arguments.split(separator: " ").map(String.init), in: folder)
        #expect(found.status == 0, "\(found.error)")
        return try JSONDecoder().decode(Plan.self, from: Data(found.output.utf8))
      }

      @Test("Sixty classes take little more than ten, with all pairs of L_sep")
      func classes() throws {
        let folder = try Workplace()
        let image = JPEGImage(
          width: 8, height: 8, channels: 1, pixels: Array(repeating: 90, count: 64))
        let content = Data(image.encoded(quality: 90))
        for k in 0..<60 {
          for part in ["train", "test"] {
            let place = folder.url.appendingPathComponent("pictures/\(part)/\(k)")
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            try content.write(to: place.appendingPathComponent("0.jpg"))
          }
        }
        let zubov = "--method zubov-net --set model.boundary.randomDirections=1 "
        let found = try plan(
          zubov + "--data folder:pictures --set model.boundary.pairs=0", in: folder)
        // 208,860 pairs: some 0.7 GiB where all of them are kept for the backward pass.
        #expect(found.peakBytes < 0.6 * Double(1 << 30))
        #expect(found.stepBytes < 0.3 * Double(1 << 30))
        #expect(found.steps == 1 && found.stepSeconds > 0)
        // A plan begins no run.
        #expect(!FileManager.default.fileExists(atPath: folder.file("runs").path))
      }

      @Test("What does not fit ends before anything is written, with the setting to change")
      func refusal() throws {
        let folder = try Workplace()
        let resNet =
          "train --method resnet18 --set model.extractor=resnet18 --set training.batchSize=1400 --threads 1"
        for (memory, start) in [
          ("0.7", "basin: training.batchSize: expected at most "),
          ("0.01", "basin: training.memory: expected "),
        ] {
          let found = try Tool.run(
            resNet.split(separator: " ").map(String.init) + ["--set", "training.memory=\(memory)"],
            in: folder)
          #expect(found.status == 78)
          #expect(found.error.hasPrefix(start), "\(found.error)")
          #expect(found.error.split(separator: "\n").count == 1)
          #expect(!FileManager.default.fileExists(atPath: folder.file("runs").path))
        }
      }

      @Test("A plan is of a new run alone")
      func usage() throws {
        let found = try Tool.run(["train", "--plan", "--out", "x"], in: Workplace())
        #expect(found.status == 64)
        #expect(found.error.contains("leave out --resume and --out"))
      }
    }
  }
#endif
