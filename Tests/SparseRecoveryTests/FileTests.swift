import Failures
import Foundation
import NeuralNetworks
import SparseRecovery
import Tensors
import TestSupport
import Testing

/// Readers of matrices.
@Suite struct FileTests {
  @Test func readsDelimitedText() throws {
    let text = "# a comment\n1, 2.5,-3e-1\n\n4;5 ;6\n"
    let matrix = try DelimitedText(text).tensor
    #expect(matrix.shape == [2, 3] && matrix.doubles == [1, 2.5, -0.3, 4, 5, 6])
  }

  @Test(
    "what spreadsheets write: a byte-order mark, other ends of lines, quotation marks",
    arguments: [
      "\u{FEFF}1,0,2\r\n0,1,1\r\n", "1,0,2\r0,1,1\r", "\"1\",\"0\",\"2\"\n\"0\",\"1\",\"1\"",
      "1 0\t2\n 0 1  1 \n\n \n\n", "\u{FEFF}# x\n1; 0;2\n0;1;1",
    ])
  func spreadsheets(text: String) throws {
    let matrix = try DelimitedText(text).tensor
    #expect(matrix.shape == [2, 3] && matrix.doubles == [1, 0, 2, 0, 1, 1])
  }

  @Test(
    "a fault is named with its line",
    arguments: [
      ("1,2\n3\n", 2, "expected 2 numbers as in the lines before, found 1"),
      ("1,x\n", 1, "expected a number in column 2, found 'x'"),
      ("", 1, "found none"), ("\u{FEFF}\n", 1, "found none"),
      ("1\n\n# c\n2,3\n", 4, "expected 1 numbers"),
      ("1,,3\n0,1,1\n", 1, "a number in each of 3 fields, found none in field 2"),
      ("1,2,3\r\n0, ,1\r\n", 2, "found none in field 2"),
      ("1,2\n,3\n", 2, "found none in field 1"), ("1,2,\n", 1, "found none in field 3"),
      (",,,\n", 1, "found none in field 1"),
      ("1,5;2,5\n", 1, "expected commas or semicolons, found both. Write decimal points"),
      ("1,\"2,5\"\n", 1, "found '\"2'"), ("1,\"\"\n", 1, "column 2, found ''"),
      ("1\u{2028}2\n3\n", 1, "found '1\\u{2028}2'"),
      ("1,\u{1B}[2J\n", 1, "found '\\u{1B}[2J'"),
    ])
  func faults(text: String, line: Int, expected: String) {
    let error = #expect(throws: Failure.self) { try DelimitedText(text) }
    #expect(error?.location == "text, line \(line)")
    #expect(error?.description.contains(expected) == true, "\(error!)")
  }

  @Test("what is no text is named, and megabytes are not shown")
  func foreign() {
    func message(_ content: [UInt8]) -> String {
      let error = #expect(throws: Failure.self) { try DelimitedText(content: content) }
      return error?.description ?? ""
    }
    #expect(message([0xFF, 0xFE, 0x31, 0]).contains("text in UTF-8, found UTF-16"))
    #expect(message([0x93] + Array("NUMPY".utf8)).contains("found a NumPy array (.npy)"))
    #expect(message(Array(repeating: UInt8(ascii: "x"), count: 1 << 20)).utf8.count < 400)
  }

  @Test("thousands of damaged texts are read or refused, and none ends the process")
  func fuzz() {
    let inputs = [
      "\u{FEFF}1,2.5,-3e-1\r\n# c\r\n\"4\",5,6\r\n", "1 2;3\n", "1;2\n3;4\n",
      "nan,inf\n0x1p3,1e999\n",
    ].map { Array($0.utf8) }
    let alphabet =
      Array(",;\"#\r\n\t .-+eE019xnaif".utf8) + [0, 0x1B, 0x80, 0xEF, 0xBB, 0xBF, 0xFF]
    var state: UInt64 = 7
    func draw(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var read = 0
    for round in 0..<6000 {
      var bytes = inputs[round % inputs.count]
      for _ in 0...draw(4) where !bytes.isEmpty {
        let place = draw(bytes.count)
        switch draw(4) {
        case 0: bytes[place] = alphabet[draw(alphabet.count)]
        case 1: bytes.insert(alphabet[draw(alphabet.count)], at: place)
        case 2: bytes.remove(at: place)
        default:
          bytes.insert(contentsOf: bytes[place...].prefix(draw(9)), at: draw(bytes.count + 1))
        }
      }
      do {
        let matrix = try DelimitedText(content: bytes, path: "x").tensor
        #expect(matrix.rank == 2 && matrix.count > 0)
        read += 1
      } catch {
        #expect(error.location.hasPrefix("x") && !error.description.contains("\n"))
      }
    }
    #expect((600..<5400).contains(read))
  }

  @Test("a problem's files are told by their content")
  func problems() throws {
    let folder = try TemporaryFolder()
    func write(_ bytes: [UInt8], _ name: String) throws -> String {
      try folder.write(bytes, to: name).path
    }
    let header = "{'descr': '|i1', 'fortran_order': False, 'shape': (2, 3), }"
    let array =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
      + [1, 0, 0xFF, 0, 1, 1]
    let problem = try ProblemFile(
      matrix: write(array, "matrix.dat"), measurements: write(Array("1,0".utf8), "b.csv"))
    #expect(problem.matrix.doubles == [1, 0, -1, 0, 1, 1] && problem.matrix.dtype == .float64)
    #expect(problem.isVector && problem.measurements.doubles == [1, 0])
    let error = #expect(throws: Failure.self) {
      try ProblemFile.matrix(at: write(Array("GIF89a".utf8), "matrix.gif"))
    }
    #expect(error?.found == "a GIF image")
    let other = #expect(throws: Failure.self) {
      try ProblemFile.matrix(at: write(Array("1,2".utf8), "text.npy"))
    }
    #expect(other?.found == "other content")
  }
}
