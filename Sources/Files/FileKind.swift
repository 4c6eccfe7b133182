/// What a file is, told by its first bytes: so that an error can say what was given instead.
public enum FileKind: String, Sendable, Hashable, CaseIterable {
  case numPy = "a NumPy array (.npy)"
  case numPyArchive = "an archive of NumPy arrays (.npz)"
  case pyTorch = "a file of torch.save"
  case pickle = "a Python pickle"
  case zip = "a zip archive"
  case gzip = "a gzip file"
  case hdf5 = "an HDF5 file (MATLAB 7.3 writes such)"
  case matlab = "a MATLAB file"
  case jpeg = "a JPEG image"
  case png = "a PNG image"
  case gif = "a GIF image"
  case webP = "a WebP image"
  case bmp = "a BMP image"
  case tiff = "a TIFF image"
  case heif = "a HEIF or AVIF image"
  case jpegXL = "a JPEG XL image"
  case jpeg2000 = "a JPEG 2000 image"
  case pdf = "a PDF file"

  /// The kind of some content; nil if it is none of these.
  public init?(of content: some Collection<UInt8>) {
    let start = Array(content.prefix(128))
    if start.starts(with: "PK\u{3}\u{4}".utf8) {
      self = Self.archive(start)
      return
    }
    // Two letters are little; the four reserved bytes of the header are 0.
    if start.starts(with: "BM".utf8), start.dropFirst(6).starts(with: [0, 0, 0, 0]) {
      self = .bmp
      return
    }
    // A protocol from 2 on, and what containers and instances begin with.
    if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]),
      "}](c\u{95}X".unicodeScalars.contains(Unicode.Scalar(start[2])),
      !start.dropFirst(2).starts(with: [0x8A, 0x0A])
    {
      self = .pickle
      return
    }
    let match = Self.signatures.first { start.dropFirst($0.offset).starts(with: $0.bytes) }
    guard let match else { return nil }
    self = match.kind
  }

  private static let signatures: [(kind: FileKind, offset: Int, bytes: [UInt8])] = [
    (.numPy, 0, [0x93] + Array("NUMPY".utf8)),
    // A pickle of protocol 2 that begins with a long integer: PyTorch's magic number before 1.6.
    (.pyTorch, 0, [0x80, 0x02, 0x8A, 0x0A]),
    (.gzip, 0, [0x1F, 0x8B, 0x08]),
    (.hdf5, 0, [0x89] + Array("HDF\r\n\u{1A}\n".utf8)),
    (.hdf5, 0, Array("MATLAB 7.3".utf8)),
    (.matlab, 0, Array("MATLAB ".utf8)),
    (.jpeg, 0, [0xFF, 0xD8, 0xFF]),
    (.png, 0, [0x89] + Array("PNG\r\n\u{1A}\n".utf8)),
    (.gif, 0, Array("GIF8".utf8)),
    (.webP, 8, Array("WEBP".utf8)),
    (.tiff, 0, Array("II*\0".utf8)),
    (.tiff, 0, Array("MM\0*".utf8)),
    (.heif, 4, Array("ftyp".utf8)),
    (.jpegXL, 0, [0xFF, 0x0A]),
    (.jpegXL, 4, Array("JXL \r\n".utf8)),
    (.jpeg2000, 4, Array("jP  \r\n".utf8)),
    (.pdf, 0, Array("%PDF-".utf8)),
  ]

  /// What kind of zip archive, by the name of its first file.
  private static func archive(_ start: [UInt8]) -> FileKind {
    guard start.count > 30 else { return .zip }
    let name = String(decoding: start[30...].prefix(Int(start[26])), as: UTF8.self)
    return name.hasSuffix(".npy")
      ? .numPyArchive : name.hasSuffix("data.pkl") ? .pyTorch : .zip
  }
}
