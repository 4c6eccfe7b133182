import Foundation
import NeuralNetworks
import Runs
import Tensors
import Testing

extension ToolStudyTests {
  @Suite("basin sparse: files of each type, and what is wrong with them")
  struct SparseCommandTests {
    /// 6 x 10 with a signal of two elements.
    private static let matrix: [[Double]] = (0..<6).map { i in (0..<10).map { element(i, $0) } }

    private static func element(_ i: Int, _ j: Int) -> Double {
      let angle: Double = 1.3 * Double((i + 1) * (j + 2)) + 0.7 * Double(i)
      return cos(angle)
    }

    private static let truth: [Double] = [0, 0, 3, 0, 0, 0, 0, -1.5, 0, 0]
    private static let measurements: [Double] = matrix.map { row in
      zip(row, truth).map(*).reduce(0, +)
    }

    private func csv(_ rows: [[Double]]) -> String {
      rows.map { $0.map { "\($0)" }.joined(separator: ",") }.joined(separator: "\n") + "\n"
    }

    private func npy(_ values: [Double], shape: String) -> Data {
      let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(shape)), }\n"
      var data = Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0])
      data.append(Data(header.utf8))
      values.withUnsafeBytes { data.append(contentsOf: $0) }
      return data
    }

    /// A matrix of a MATLAB file of version 4, whose files are their matrices.
    private func mat(_ name: String, _ rows: [[Double]]) -> Data {
      var data = Data()
      for word in [0, rows.count, rows[0].count, 0, name.utf8.count + 1] {
        withUnsafeBytes(of: UInt32(word).littleEndian) { data.append(contentsOf: $0) }
      }
      data.append(Data((name + "\0").utf8))
      for column in rows[0].indices {
        for row in rows { withUnsafeBytes(of: row[column]) { data.append(contentsOf: $0) } }
      }
      return data
    }

    private func expectSolution(_ folder: Workplace, _ arguments: String) throws {
      let outcome = try Tool.run("sparse recover \(arguments) --output x.safetensors", in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let solution = try SafeTensors(contentsOf: folder.file("x.safetensors").path)
        .tensors["solution"]!
      #expect(solution.shape == [10])
      for (a, b) in zip(solution.doubles, Self.truth) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func recoversFromEachTypeOfFile() throws {
      let folder = try Workplace()
      let flat = Self.matrix.flatMap { $0 }
      try folder.write(csv(Self.matrix), to: "A.csv")
      try folder.write(csv(Self.measurements.map { [$0] }), to: "b.csv")
      try npy(flat, shape: "6, 10").write(to: folder.file("A.npy"))
      try npy(Self.measurements, shape: "6,").write(to: folder.file("b.npy"))
      try SafeTensors([
        "matrix": Tensor(flat, shape: [6, 10]), "measurements": Tensor(Self.measurements),
      ]).write(to: folder.file("p.safetensors").path)
      try expectSolution(folder, "--input p.safetensors")
      try (mat("matrix", Self.matrix) + mat("measurements", Self.measurements.map { [$0] }))
        .write(to: folder.file("p.mat"))
      try expectSolution(folder, "--input p.mat")
      let diagnosis = try Tool.run("sparse diagnose p.mat --sparsity 1 --samples 1", in: folder)
      #expect(diagnosis.status == 0, "\(diagnosis.error)")
      try mat("matrix", Self.matrix).write(to: folder.file("half.mat"))
      let half = try Tool.run("sparse recover --input half.mat --output y.st", in: folder)
      #expect(half.status == 65 && half.error.contains("half.mat: expected a numeric array "))
      try expectSolution(folder, "--matrix A.npy --measurements b.npy --restarts schedules")
      try folder.write(csv([Self.measurements]), to: "row.csv")
      try expectSolution(folder, "--matrix A.csv --measurements row.csv --method pool")
      let json = try Tool.run(
        "sparse recover --matrix A.npy --measurements b.csv --output y.st --lambda 0.001 "
          + "--format json", in: folder)
      #expect(json.status == 0)
      let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
      #expect(object?["schemaVersion"] as? Int == 1 && object?["support"] as? [Int] == [2])
    }

    @Test(
      "data of any size have their solution, or it is an error",
      arguments: [155, -170, 300].flatMap { [("recover", $0), ("path", $0)] })
    func units(command: String, exponent: Int) throws {
      let folder = try Workplace()
      try folder.write(
        "1e\(exponent),0,2e\(exponent)\n0,1e\(exponent),1e\(exponent)\n", to: "A.csv")
      try folder.write("2e\(exponent),1e\(exponent)\n", to: "b.csv")
      let arguments = ["--matrix", "A.csv", "--measurements", "b.csv", "--output", "x.safetensors"]
      let outcome = try Tool.run(
        ["sparse", command, "--format", "json"] + arguments
          + (command == "path" ? ["--lambdas", "1e-3"] : []), in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      let written = try SafeTensors(contentsOf: folder.file("x.safetensors").path).tensors
      let x = (written["solution"] ?? written["solutions"])!.doubles
      if command == "recover" {
        for (a, b) in zip(x, [0.0, 0, 1]) { #expect(abs(a - b) < 1e-9) }
        let sizes = try outcome.object()["effectiveSparsity"] as? [Double]
        #expect(abs((sizes?[0] ?? 0) - 1) < 1e-9)
      } else {
        #expect(x.allSatisfy { $0.isFinite })
      }
      // Measurements so much smaller or larger that no number holds the solution.
      try folder.write("2e\(exponent > 0 ? -300 : 300),0\n", to: "b.csv")
      try FileManager.default.removeItem(at: folder.file("x.safetensors"))
      let extreme = try Tool.run(
        ["sparse", "recover", "--method", "l1"] + arguments, in: folder)
      #expect(extreme.status == 65 || abs(exponent) < 158, "\(extreme.output)")
      #expect(folder.exists("x.safetensors") == (extreme.status == 0))
      #expect(extreme.status == 0 || extreme.error.contains("within the range of float64"))
    }

    @Test func saysWhatIsWrong() throws {
      let folder = try Workplace()
      try folder.write(csv(Self.matrix), to: "A.csv")
      try folder.write("1\n2\n", to: "short.csv")
      try folder.write("1,2\n3\n", to: "ragged.csv")
      try folder.write("1\n2\n3\nnan\n5\n6\n", to: "nan.csv")
      try folder.write("junk", to: "junk.npy")
      try folder.write("MATLAB 5.0 MAT-file", to: "A.mat")
      try SafeTensors(["other": Tensor([1.0])]).write(to: folder.file("o.safetensors").path)
      let mistakes: [(String, Int32, String)] = [
        ("--matrix A.csv --measurements none.csv", 66, "none.csv: expected a readable file"),
        ("--matrix A.csv --measurements short.csv", 65, "short.csv: expected 6 measurements"),
        ("--matrix A.csv --measurements nan.csv", 65, "nan.csv: expected finite numbers"),
        ("--matrix ragged.csv --measurements short.csv", 65, "ragged.csv, line 2: expected 2"),
        (
          "--matrix junk.npy --measurements short.csv", 65,
          "junk.npy: expected a NumPy array (.npy)"
        ),
        ("--matrix gone.mat --measurements short.csv", 66, "gone.mat: expected a readable file"),
        ("--matrix A.mat --measurements short.csv", 65, "A.mat: expected a .npy or .csv file"),
        ("--input o.safetensors", 65, "o.safetensors: expected the tensors matrix and"),
        ("--input none.safetensors", 66, "none.safetensors"),
        ("--input o.safetensors --matrix A.csv", 64, "give either --input"),
        ("--input o.safetensors --eps 1 --lambda 1", 64, "give --lambda or --eps"),
        ("--input o.safetensors --method nope", 64, "nope"),
      ]
      for (arguments, status, message) in mistakes {
        let outcome = try Tool.run("sparse recover \(arguments) --output x.safetensors", in: folder)
        #expect(outcome.status == status, "\(arguments): \(outcome.error)")
        #expect(outcome.error.contains(message), "\(arguments): \(outcome.error)")
      }
      #expect(!folder.exists("x.safetensors"))
    }

    @Test("a path over λ ends at the solution that recover finds, and is written")
    func path() throws {
      let folder = try Workplace()
      try folder.write(csv(Self.matrix), to: "A.csv")
      try folder.write(csv([Self.measurements]), to: "b.csv")
      let files = ["--matrix", "A.csv", "--measurements", "b.csv", "--absolute"]
      let outcome = try Tool.run(
        ["sparse", "path", "--lambdas", "0.001,0.1,0.01", "--output", "p.safetensors"]
          + ["--format", "json"] + files, in: folder
      ).object()
      let points = try #require(outcome["points"] as? [[String: Any]])
      #expect(points.map { $0["lambda"] as? Double } == [0.1, 0.01, 0.001])
      let written = try SafeTensors(contentsOf: folder.file("p.safetensors").path).tensors
      #expect(written["lambda"]!.doubles == [0.1, 0.01, 0.001])
      let last = written["solutions"]!.sliced(2..<3).squeezed(0).doubles
      _ = try Tool.run(
        ["sparse", "recover", "--lambda", "0.001", "--output", "x.safetensors"] + files, in: folder)
      let single = try SafeTensors(contentsOf: folder.file("x.safetensors").path)
        .tensors["solution"]!.doubles
      for (a, b) in zip(last, single) { #expect(abs(a - b) < 1e-5) }
      for (penalty, lambdas, message) in [
        ("l1-l2", "1", "--penalty: expected one of"),
        ("l1", "1,-1", "--lambdas: expected numbers in (0, ∞)"),
      ] {
        let bad = try Tool.run(
          ["sparse", "path", "--penalty", penalty, "--lambdas", lambdas] + files, in: folder)
        #expect(bad.status == 64 && bad.error.contains(message), "\(bad.error)")
      }
    }

    @Test("the diagnosis of the unit matrix with one column doubled")
    func diagnosis() throws {
      let folder = try Workplace()
      // Columns 0 and 3 are equal.
      let matrix = (0..<3).map { i in (0..<4).map { $0 % 3 == i ? 1.0 : 0 } }
      try folder.write(csv(matrix), to: "A.csv")
      let found = try Tool.run(
        "sparse diagnose A.csv --sparsity 1 --format json", in: folder
      ).object()
      let constants = try #require(found["found"] as? [String: Any])
      #expect(constants["coherence"] as? Double == 1)
      #expect(constants["coherenceSparsity"] as? Int == 0)
      let text = try Tool.run("sparse diagnose A.csv --sparsity 1", in: folder).output
      #expect(text.contains("guarantees nothing") && text.contains("so l1 fails for some signal"))
      // The null space is spanned by e_0 - e_3, half of which is in one element.
      let share = try #require(constants["nullSpaceLowerBound"] as? Double)
      #expect(abs(share - 1) < 1e-9)
      for (arguments, status, message) in [
        (["A.csv", "--sparsity", "4"], 64, "--sparsity: expected 1 to 3"),
        (["none.csv", "--sparsity", "1"], 66, "none.csv"),
      ] as [([String], Int32, String)] {
        let bad = try Tool.run(["sparse", "diagnose"] + arguments, in: folder)
        #expect(bad.status == status && bad.error.contains(message), "\(bad.status) \(bad.error)")
      }
    }

    @Test func studiesPrintTables() throws {
      let folder = try Workplace()
      let runs: [(String, String)] = [
        (
          "phase --rows 24 --columns 48 --sparsities 4,6 --signals 3 --matrices 1 --methods l1,lhalf/l2",
          "Share of 3 trials"
        ),
        (
          "noise --rows 32 --columns 48 --sparsity 4 --levels 30 --signals 2 --validation-signals 1 "
            + "--matrices 1 --methods l1", "oracle"
        ),
        (
          "convergence --rows 32 --columns 48 --sparsity 4 --iterations 200", "three blocks, ρ from"
        ),
      ]
      for (arguments, text) in runs {
        let outcome = try Tool.run(
          ["sparse"] + arguments.split(separator: " ").map(String.init), in: folder)
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.contains(text), "\(outcome.output)")
      }
      let bad = try Tool.run("sparse phase --sparsities 4,x", in: folder)
      #expect(
        bad.status == 64 && bad.error.contains("--sparsities: expected integers in [1, 100000]"))
      let infinite = try Tool.run("sparse convergence --rhos 1,inf", in: folder)
      #expect(
        infinite.status == 64 && infinite.error.contains("--rhos: expected numbers in (0, 1000000]")
      )
      let large = try Tool.run("sparse phase --sparsities 300", in: folder)
      #expect(large.status == 64 && large.error.contains("sparsity: expected at most"))
    }
  }
}
