import Foundation
import Tensors
import Testing

@testable import TorchScript

@Suite struct ForeignModelFormatTests {
  private func message(_ bytes: [UInt8], _ path: String) -> String {
    do {
      _ = try TorchScriptModule(bytes: bytes, path: path, device: .cpu)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "Another format is called by its name, with what its owner can do",
    arguments: [
      (
        Array("PK\u{3}\u{4}......net/data.pkl......net/versionPK\u{5}\u{6}".utf8), "net.pth",
        "torch.save"
      ),
      (
        Array("PK\u{3}\u{4}......net/archive_format....PK\u{5}\u{6}".utf8), "net.pt2",
        "torch.export.load"
      ),
      ([0x80, 2, 0x7D, 0x71, 0], "net.pth", "a Python pickle"),
      ([0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], "net.pth", "a file of torch.save"),
      ([8, 8, 18, 7] + Array("pytorch and more".utf8), "net.onnx", "an ONNX file"),
      (
        [16, 0, 0, 0, 0, 0, 0, 0] + Array("{\"a\":1}        ".utf8), "w.safetensors",
        "weights without"
      ),
      ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), "net.h5", "Keras"),
      ([], "net.pt", "an empty file"),
      (Array("hello".utf8), "net.pt", "other content"),
    ] as [([UInt8], String, String)])
  func formats(bytes: [UInt8], path: String, found: String) {
    let message = message(bytes, path)
    #expect(message.contains(found), "\(message)")
    #expect(message.hasPrefix("\(path): expected a TorchScript model, found "), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test("A program that is cut short or has flipped bits is refused, never a crash")
  func damage() throws {
    let whole = try Programs.file(Programs.linear)
    for length in stride(from: 0, to: whole.count, by: max(1, whole.count / 40)) {
      #expect(message(Array(whole[..<length]), "net.pt").contains("expected a TorchScript model"))
    }
    // Sums of the archive guard the content, so that a flipped bit is noticed or meets no content.
    for place in stride(from: 3, to: whole.count, by: max(1, whole.count / 60)) {
      var bytes = whole
      bytes[place] ^= 0x10
      _ = message(bytes, "net.pt")
    }
  }
}
