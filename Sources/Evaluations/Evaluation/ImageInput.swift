import Failures
import Files
import Images
import NeuralNetworks
import Runs
import Tensors

/// Images that a user has in a file: the tensor `images` of a safetensors file, a NumPy array, or a picture.
struct ImageInput {
  /// Floating-point numbers as they stand in the file; of levels, their share of the highest.
  let images: Tensor
  /// Whether they are one grey picture, which folders of images have in three equal channels.
  var isGreyPicture = false

  /// Reads a file, whose first bytes tell what it is.
  ///
  /// - Throws: `Failure` if it cannot be read, is damaged, or has no images.
  init(contentsOf path: String) throws {
    let content = try Self.content(of: path)
    if ImageFormats.known(in: content) != nil {
      images = try Self.picture(content, path: path)
      isGreyPicture = images.shape[1] == 1
      return
    }
    images = try Self.pixels(of: Self.stored(in: content, path: path), in: path)
  }

  /// The numbers of a file as they stand there.
  static func stored(in content: [UInt8], path: String) throws -> Tensor {
    FileKind(of: content) == .numPy
      ? try NumPyArray(bytes: content, as: nil, path: path).tensor
      : try images(in: content, path: path)
  }

  /// One image: [1, 1, height, width] of a grey picture, else [1, 3, height, width].
  private static func picture(_ content: [UInt8], path: String) throws(Failure) -> Tensor {
    do {
      let picture = try Picture(decoding: content)
      let layout = picture.layout
      let planes = Tensor(picture.planes, shape: [1, 3, layout.height, layout.width])
      return layout.channels == 1 ? planes.sliced(0..<1, along: 1) : planes
    } catch {
      throw Failure(
        at: path, expected: "a \(ImageFormats.names) image", found: "\(error)",
        remedy: error.remedy ?? "The file is damaged; save the picture again.")
    }
  }

  static func content(of path: String) throws(Failure) -> [UInt8] {
    do {
      return try RegularFile.content(of: path)
    } catch {
      throw error.restated(
        .missing, expected: "a readable file of images", remedy: "Check the path.")
    }
  }

  private static func images(in content: [UInt8], path: String) throws -> Tensor {
    let tensors: [String: Tensor]
    do {
      tensors = try SafeTensors(bytes: content, path: path).tensors
    } catch {
      let isOther = error.kind == .otherFormat
      guard isOther || !beginsAsSafeTensors(content) else { throw error }
      throw Failure(
        .otherFormat, at: path,
        expected: "a safetensors, NumPy, \(ImageFormats.names) file of images",
        found: isOther ? error.found : content.isEmpty ? "an empty file" : "a file of another kind",
        remedy: "Save the images with numpy.save, or with safetensors under the name images.")
    }
    if let images = tensors["images"] { return images }
    let names = tensors.keys.sorted().prefix(5).joined(separator: ", ")
    throw Failure(
      at: path, expected: "a tensor called images",
      found: names.isEmpty ? "no tensor" : "tensors called \(names.echoed())",
      remedy: "Name the images so; other tensors are ignored.")
  }

  /// Whether a header in JSON follows the eight bytes of its length, as in a damaged file too; what text
  /// and tables begin with is no length worth telling.
  private static func beginsAsSafeTensors(_ content: [UInt8]) -> Bool {
    content.dropFirst(8).first == UInt8(ascii: "{")
  }

  /// Pixels as numbers: floating-point ones and truth values as they are, integers as levels from 0 to
  /// 255, divided by 255 in float32 as those of a data set are.
  ///
  /// - Throws: `Failure` if an integer is no such level.
  static func pixels(of tensor: Tensor, in path: String) throws(Failure) -> Tensor {
    switch tensor.dtype {
    case .float32, .float64: return tensor
    case .bool, .bfloat16: return tensor.to(.float32)
    case .uint8: return tensor.to(.float32) / 255
    case .int64:
      let levels = tensor.reshaped([-1])
      guard levels.count > 0 else { return tensor.to(.float32) }
      let (least, most) = (levels.min(along: 0).integers[0], levels.max(along: 0).integers[0])
      guard least >= 0, most <= 255 else {
        throw Failure(
          at: path, expected: "integers from 0 to 255, 8-bit levels",
          found: "others, from \(least) to \(most)",
          remedy: "Divide by the largest level and give floating-point numbers in [0, 1].")
      }
      return tensor.to(.float32) / 255
    }
  }
}
