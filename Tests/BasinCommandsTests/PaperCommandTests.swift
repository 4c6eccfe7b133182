import Foundation
import Runs
import Testing

extension ToolStudyTests {
  /// `basin table` and `basin figure` on real digits, from nothing to the files.
  @Suite struct PaperCommands {
    private let small = [
      "--data", "digits", "--seeds", "1", "--epochs", "4", "--train-limit", "384", "--limit", "16",
      "--severities", "3", "--threads", "1",
    ]

    @Test func tableIsMadeOnceAndCollectedAfterwards() throws {
      let folder = try Workplace()
      let command = ["table", "2", "--methods", "neural-ode,zubov-net"] + small
      let plan = try Tool.run(command + ["--plan", "--format", "json"], in: folder).object()
      #expect((plan["entries"] as? [Any])?.count == 4)
      #expect(!folder.exists("runs"))

      let first = try Tool.run(command + ["--format", "json"], in: folder)
      #expect(first.status == 0, "\(first.error)")
      let result = try first.object()
      let rows = try #require(result["rows"] as? [[String: Any]])
      #expect(rows.map { $0["name"] as? String } == ["neural-ode", "zubov-net"])
      let figures = try #require(rows[1]["figures"] as? [String: [String: Any]])
      let clean = try #require(figures["Original"]?["mean"] as? Double)
      let worst = try #require(figures["worst 16/255"]?["mean"] as? Double)
      #expect(clean > 20 && clean <= 100 && worst <= clean)
      let difference = try #require(rows[0]["difference"] as? [String: Any])
      #expect(difference["imageCount"] as? Int == 16)
      for suffix in ["json", "csv", "tex", "md", "html"] {
        #expect(folder.exists("runs/paper-digits/table-2-strict.\(suffix)"))
      }

      #expect(folder.exists("runs/paper-digits/paper.html"))

      let evaluation = "runs/paper-digits/zubov-net-seed0/paper/attacks-strict.json"
      let before = try folder.data(evaluation)
      let second = try Tool.run(command + ["--format", "json"], in: folder)
      #expect(second.status == 0 && second.output == first.output)
      #expect(!second.error.contains("training") && !second.error.contains("measuring"))
      #expect(try folder.data(evaluation) == before)

      // Another budget of training is another run, and another table shares the runs.
      let other = try Tool.run(command + ["--epochs", "3"], in: folder)
      #expect(other.status == 65 && other.error.contains("training.epochs is 4, not 3"))
      let costs = try Tool.run(
        ["table", "4", "--methods", "neural-ode,zubov-net", "--format", "json"] + small,
        in: folder)
      #expect(costs.status == 0 && !costs.error.contains("training"), "\(costs.error)")
      let costRows = try #require(try costs.object()["rows"] as? [[String: Any]])
      let cost = try #require(costRows[0]["figures"] as? [String: [String: Any]])
      #expect(cost["Params (M)"]?["mean"] as? Double == 0.10592)
      #if os(Linux)
        let memory = try #require(cost["Train Memory (GB)"]?["mean"] as? Double)
        #expect(memory > 0.0001 && memory < 4)
      #endif
    }

    #if os(Linux)
      @Test("the memory of a step is seen behind a training in the same process")
      func memoryBehindTraining() throws {
        let folder = try Workplace()
        let costs = try Tool.run(
          ["table", "4", "--methods", "zubov-net", "--format", "json"] + small, in: folder)
        #expect(costs.status == 0 && costs.error.contains("training"), "\(costs.error)")
        let rows = try #require(try costs.object()["rows"] as? [[String: Any]])
        let cost = try #require(rows[0]["figures"] as? [String: [String: Any]])
        let memory = try #require(cost["Train Memory (GB)"]?["mean"] as? Double)
        #expect(memory > 0.001 && memory < 4)
      }
    #endif

    @Test func figureOfTrainingIsDrawn() throws {
      let folder = try Workplace()
      let outcome = try Tool.run(["figure", "5", "--format", "json"] + small, in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let series = try #require(try outcome.object()["series"] as? [[String: Any]])
      #expect(
        series.compactMap { $0["name"] as? String }
          == ["L_sep", "L_cla", "L_con", "L_FC", "target class", "mean of the others"])
      #expect(folder.exists("runs/paper-digits/figure-5.html"))
    }

    @Test func mistakesAreTold() throws {
      let folder = try Workplace()
      let unknown = try Tool.run(["table", "8"] + small, in: folder)
      #expect(unknown.status == 64 && unknown.error.contains("1 to 6"))
      let method = try Tool.run(["table", "2", "--methods", "zubov"] + small, in: folder)
      #expect(method.status == 64 && method.error.contains("zubov-net"))
      let both = try Tool.run(["table", "2", "--plan", "--collect"] + small, in: folder)
      #expect(both.status == 64)
      let nothing = try Tool.run(["figure", "5", "--collect"] + small, in: folder)
      #expect(nothing.status == 66, "\(nothing.error)")
      #expect(nothing.error.contains("expected a folder of runs to collect from, found none"))
      let withoutData = try Tool.run(
        "table 2 --methods neural-ode --data mnist --data-root .", in: folder
      )
      #expect(withoutData.status == 69, "\(withoutData.error)")
      #expect(withoutData.error.hasSuffix("no run of Table 2 could be made, see above\n"))
      #expect(!folder.exists("runs"))
    }
  }
}
