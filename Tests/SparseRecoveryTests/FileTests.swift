import Foundation
import SparseRecovery
import Tensors
import Testing

/// Readers of matrices.
@Suite struct FileTests {
  private func npy(
    _ header: String, version: UInt8 = 1, elements: [UInt8]
  ) -> [UInt8] {
    let text = Array(header.utf8)
    let length = version == 1 ? 2 : 4
    return [0x93] + Array("NUMPY".utf8) + [version, 0]
      + (0..<length).map { UInt8(text.count >> (8 * $0) & 255) } + text + elements
  }

  private func bytes<Scalar>(_ values: [Scalar]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  @Test func readsBothOrdersAndAllVersions() throws {
    let rows = bytes([1, 2, 3, 4, 5, 6] as [Double])
    for version in [UInt8(1), 2, 3] {
      let c = try NumPyArray(
        bytes: npy(
          "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }  \n", version: version,
          elements: rows))
      #expect(c.tensor.shape == [2, 3] && c.tensor.doubles == [1, 2, 3, 4, 5, 6])
    }
    let f = try NumPyArray(
      bytes: npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3)}", elements: rows))
    #expect(f.tensor.shape == [2, 3] && f.tensor.doubles == [1, 3, 5, 2, 4, 6])
    let single = try NumPyArray(
      bytes: npy(
        "{'shape': (2,), 'fortran_order': False, 'descr': '<f4'}",
        elements: bytes([1.5, -2] as [Float])))
    #expect(single.tensor.dtype == .float64 && single.tensor.doubles == [1.5, -2])
  }

  @Test func refusesWhatIsNotOfTheFormat() {
    let good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }"
    let eight = [UInt8](repeating: 0, count: 8)
    let broken: [[UInt8]] = [
      [], Array("NUMPY".utf8), npy(good, version: 4, elements: eight), npy(good, elements: []),
      npy(good, elements: eight + [0]), npy("{}", elements: eight),
      npy("{'descr': '>f8', 'fortran_order': False, 'shape': (1,)}", elements: eight),
      npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (9999999999, 9999999999)}",
        elements: eight),
      Array(npy(good, elements: eight).prefix(20)),
    ]
    for bytes in broken {
      #expect(throws: SparseRecoveryError.self) { try NumPyArray(bytes: bytes) }
    }
  }

  @Test func readsDelimitedText() throws {
    let text = "# a comment\n1, 2.5,-3e-1\n\n4;5 6\n"
    let matrix = try DelimitedText(text).tensor
    #expect(matrix.shape == [2, 3] && matrix.doubles == [1, 2.5, -0.3, 4, 5, 6])
    for (bad, line) in [("1,2\n3\n", 2), ("1,x\n", 1), ("", 1), ("1\n\n# c\n2,3\n", 4)] {
      let error = #expect(throws: SparseRecoveryError.self) { try DelimitedText(bad) }
      #expect(error?.location == "text, line \(line)")
    }
  }
}
