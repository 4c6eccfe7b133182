import ArgumentParser
import Datasets
import Evaluations
import Files
import Foundation
import Images
import NeuralNetworks
import Robustness
import Runs
import SparseRecovery
import Studies
import Tensors
import Verification

/// A reader of files from outside.
enum FuzzTarget: String, CaseIterable, ExpressibleByArgument {
  case idx
  case idxGzip = "idx-gzip"
  case cifar10
  case cifar100
  case mat
  case matCompressed = "mat-compressed"
  /// Of version 4.
  case mat4
  case jpeg
  case png
  case npy
  case csv
  case annotations
  case tar
  case tarGzip = "tar-gzip"
  case zip
  case safetensors
  case checkpoint
  case journal
  case configuration
  /// A dynamical system in YAML.
  case system
  /// Of a proven region of attraction, which is gone through.
  case certificate

  /// What became of an input.
  enum Outcome {
    case accepted, refused

    var isAccepted: Bool { self == .accepted }
  }

  /// Undamaged files.
  var inputs: [[UInt8]] {
    get throws {
      switch self {
      case .idx: [[0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 4] + Array(0..<80)]
      case .idxGzip: [FuzzInputs.idxGzip]
      case .cifar10: [Self.records(labelBytes: 1)]
      case .cifar100: [Self.records(labelBytes: 2)]
      case .mat: [Self.mat(isBigEndian: false), Self.mat(isBigEndian: true)]
      case .matCompressed: [FuzzInputs.mat, FuzzInputs.matDoubleLabels]
      case .mat4: [Self.mat4(order: 0), Self.mat4(order: 1000)]
      case .png: FuzzInputs.png
      case .npy:
        [
          Self.npy("<f8", "2, 1", [UInt8](repeating: 63, count: 16)),
          Self.npy(">i2", "2, 3", isFortran: true, Array(0..<12)),
          Self.npy("|b1", "3,", [0, 1, 1]), Self.npy("<f2", "", [0, 60]),
        ]
      case .csv:
        ["\u{FEFF}1,2.5,-3e-1\r\n# c\r\n\"4\",5,6\r\n", "1 2\t3\n4 5 6\n", "1;2\n3;4\n"]
          .map { Array($0.utf8) }
      case .jpeg: [Self.jpeg(channels: 3), Self.jpeg(channels: 1), FuzzInputs.progressive]
      case .annotations:
        [Array("val_0.JPEG\tn01443537\t0\t1\t2\t3\nval_1.JPEG\tn01784675\t4\t5\t6\t7\n".utf8)]
      case .tar: [try Gzip.inflated(FuzzInputs.tarGzip, limit: 1 << 20, location: "tar")]
      case .tarGzip: [FuzzInputs.tarGzip]
      case .zip: [FuzzInputs.zip]
      case .safetensors:
        [
          SafeTensors(
            [
              "a.weight": Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3]), "b": Tensor([7 as Int64, 8]),
            ],
            metadata: ["method": "zubov-net"]
          ).bytes
        ]
      case .checkpoint: [Self.trainingFile.bytes]
      case .journal: [Self.journalFile(withImages: true), Self.journalFile(withImages: false)]
      case .configuration:
        try [("zubov-net", "toy-2d"), ("anode", "digits")].map {
          Array(try Configuration.defaults(method: $0, data: $1).yaml.utf8)
        }
      case .system:
        [
          """
          states: [x, y]
          parameters: {k: 2, half: k/4}
          equations: {x: -x + half*sin(y), y: -y^3 - sqrt(1 + x^2)*y}
          equilibrium: [0, 0]
          box: {x: [-1, 1], y: [-k, k]}
          """, "states: [x]\nequations: {x: x^3 - x}\nequilibrium: {x: 0}\nbox: [[-2, 2]]\n",
        ].map { Array($0.utf8) }
      case .certificate: [try Self.certificate()]
      }
    }
  }

  /// Reads an input. What is accepted has to be consistent, or the process ends.
  func read(_ input: [UInt8]) -> Outcome {
    do {
      try accept(input)
      return .accepted
    } catch {
      precondition(!"\(error)".isEmpty)
      return .refused
    }
  }

  private func accept(_ input: [UInt8]) throws {
    let names = (0..<100).map(String.init)
    switch self {
    case .idx: try Self.acceptIDX(input)
    case .idxGzip: try Self.acceptIDX(Gzip.inflated(input, limit: 96, location: "x"))
    case .cifar10, .cifar100:
      let isFine = self == .cifar100
      var records = CIFARRecords(
        labelBytes: isFine ? 2 : 1, shape: [3, 4, 4],
        classNames: isFine ? names : Array(names[..<10]))
      try records.append(input, location: "x")
      let samples = try records.samples()
      precondition(samples.count * (isFine ? 50 : 49) == input.count)
    case .mat, .matCompressed:
      let samples = try LabelledSamples(
        svhn: input, limit: 1 << 20, classNames: Array(names[..<10]), location: "x")
      precondition(samples.count > 0 && samples.labels.allSatisfy { (0..<10).contains($0) })
    case .mat4:
      let array = try MATFile(content: input, location: "x").array(named: "M", limit: 1 << 20)
      precondition(array.sizes.count == 2)
    case .jpeg: try Self.acceptJPEG(input)
    case .png: try Self.acceptPNG(Self.withRightSums(input))
    case .npy:
      let array = try NumPyArray(bytes: input, as: nil)
      precondition(array.tensor.shape.allSatisfy { $0 >= 0 })
    case .csv:
      let matrix = try DelimitedText(content: input).tensor
      precondition(matrix.rank == 2 && matrix.count > 0)
    case .annotations:
      let entries = try ImageAnnotations(content: input, location: "x").entries
      precondition(entries.allSatisfy { !$0.file.contains("/") && !$0.className.isEmpty })
    case .tar, .tarGzip:
      let content = self == .tar ? input : try Gzip.inflated(input, limit: 1 << 16, location: "x")
      for entry in try TarArchive(content: content, location: "x").entries {
        precondition(entry.range.upperBound <= content.count)
      }
    case .zip:
      let archive = try ZipArchive(content: input, location: "x")
      for entry in archive.entries {
        let content = try archive.content(of: entry)
        precondition(content.count == entry.size)
      }
    case .configuration:
      let text = String(decoding: input, as: UTF8.self)
      let read = try Configuration.resolved(ConfigurationOverride.yaml(text, source: "x"))
      let again = try? ConfigurationOverride.yaml(read.yaml, source: "again")
      precondition(again.flatMap { try? Configuration.resolved($0) } == read)
    case .safetensors:
      for (_, tensor) in try SafeTensors(bytes: input).tensors {
        precondition(tensor.shape.allSatisfy { $0 >= 0 })
      }
    case .checkpoint:
      let checkpoint = try Checkpoint(SafeTensors(bytes: input), path: "x")
      precondition(checkpoint.position.epoch >= 0 && checkpoint.position.step >= 0)
      let model = Learner(state: ModuleState(parameters: ["w": .zeros([2])]))
      try model.load(checkpoint.model)
      try Adam(model.state).load(checkpoint.optimizer)
      precondition(model.parameters[0].isFinite.all().item == 1)
    case .system:
      let file = try SystemFile(contentsOf: Self.file(input, "system.yaml"))
      precondition(file.states.count == file.system.dimension)
    case .certificate:
      let file = try Self.file(input, "certificate.safetensors")
      try AttractionCertificate(contentsOf: file.path).proof.check()
    case .journal:
      guard let page = JournalPage(try SafeTensors(bytes: input)) else { throw Refused() }
      precondition(page.outcomes.allSatisfy { $0.index >= 0 && $0.prediction >= 0 })
    }
  }

  private struct Learner: Module { let state: ModuleState }
  private struct Refused: Error {}

  private static func acceptIDX(_ content: [UInt8]) throws {
    let array = try IDXArray(content: content, axisCount: 3, location: "x")
    precondition(array.elements.count == array.sizes.reduce(1, *))
  }

  /// Both ways of decoding: of any size, and into a place of the right one.
  private static func acceptJPEG(_ input: [UInt8]) throws {
    let layout = try JPEG().layout(of: input)
    var planes = [UInt8](repeating: 0, count: 3 * 12 * 16)
    let isOfSize = layout.width == 16 && layout.height == 12
    var failure: ImageFault?
    do throws(ImageFault) {
      try input.withUnsafeBufferPointer { (file) throws(ImageFault) in
        try planes.withUnsafeMutableBufferPointer { (planes) throws(ImageFault) in
          try JPEG().decode(file, width: 16, height: 12, into: planes)
        }
      }
    } catch {
      failure = error
    }
    precondition(isOfSize || failure != nil, "an image of another size is accepted")
    // Memory for 100 million pixels is asked for in good faith; a million times that would take days.
    guard layout.width * layout.height <= 1 << 20 else { return }
    let image = try JPEGImage(decoding: input)
    precondition(!isOfSize || failure == nil, "one way decodes, the other does not")
    precondition(image.pixels.count == image.width * image.height * image.channels)
  }

  /// The header, and the image where it is as large as those that were damaged.
  private static func acceptPNG(_ input: [UInt8]) throws {
    let layout = try PNG().layout(of: input)
    precondition(layout.width > 0 && layout.height > 0)
    var planes = [UInt8](repeating: 0, count: 3 * 7 * 5)
    try input.withUnsafeBufferPointer { (file) throws(ImageFault) in
      try planes.withUnsafeMutableBufferPointer { (planes) throws(ImageFault) in
        try PNG().decode(file, width: 7, height: 5, into: planes)
      }
    }
    precondition(layout.width == 7 && layout.height == 5, "an image of another size is accepted")
  }

  /// A PNG file whose chunks' check sums are right, in every other input: else few get past them.
  private static func withRightSums(_ file: [UInt8]) -> [UInt8] {
    guard file.count.isMultiple(of: 2) else { return file }
    var file = file
    var place = 8
    while place + 12 <= file.count {
      let size = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      guard size <= file.count - place - 12 else { break }
      let sum = ~file[place + 4..<place + 8 + size].reduce(UInt32.max) { sum, byte in
        (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in
          value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
        }
      }
      for index in 0..<4 {
        file[place + 8 + size + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index))
      }
      place += 12 + size
    }
    return file
  }

  /// An input as a file of this process.
  private static func file(_ input: [UInt8], _ name: String) throws -> URL {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("fuzz-\(ProcessInfo.processInfo.processIdentifier)-\(name)")
    try Data(input).write(to: file)
    return file
  }

  // MARK: inputs

  /// Of dx/dt = x³ - x on [-5/4, 5/4].
  private static func certificate() throws -> [UInt8] {
    let system = DynamicalSystem(equilibrium: [0], box: [-1.25...1.25]) { x in
      .concatenated([x[0] * x[0].squared - x[0]])
    }
    let candidate = LyapunovCandidate(Term.state(1)[0].squared)
    let prover = AttractionProver(system: system, candidate: candidate)
    guard let proof = try prover.largestLevel().proof else { throw Refused() }
    let file = try file([], "certificate.safetensors")
    try AttractionCertificate(proof, title: "x").write(to: file.path)
    return Array(try Data(contentsOf: file))
  }

  /// As numpy.save writes it.
  private static func npy(
    _ type: String, _ shape: String, isFortran: Bool = false, _ elements: [UInt8]
  ) -> [UInt8] {
    let order = isFortran ? "True" : "False"
    let text = Array(
      "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(shape)), }\n".utf8)
    let head: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0]
    return head + text + elements
  }

  /// Three matrices of version 4: bytes, a text and `M` of singles.
  private static func mat4(order: Int) -> [UInt8] {
    func matrix(_ name: String, _ type: Int, _ rows: Int, _ elements: [UInt8]) -> [UInt8] {
      let words: [[UInt8]] = [order + type, rows, 2, 0, 2].map { value in
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        return order == 0 ? bytes : bytes.reversed()
      }
      return words.joined() + Array(name.utf8) + [0] + elements
    }
    return matrix("a", 50, 1, [1, 2]) + matrix("t", 51, 1, [65, 66])
      + matrix("M", 10, 2, [UInt8](repeating: 64, count: 16))
  }

  /// Three records of 3 x 4 x 4 pixels.
  private static func records(labelBytes: Int) -> [UInt8] {
    (0..<3).flatMap { record in
      Array(repeating: UInt8(record), count: labelBytes) + (0..<48).map { UInt8($0 * 5 % 256) }
    }
  }

  /// Of a training of two weights with Adam.
  private static var trainingFile: SafeTensors {
    SafeTensors(
      [
        "model.w": Tensor([1 as Float, 2]), "optimizer.step": Tensor.zeros([]),
        "optimizer.w.exp_avg": Tensor.zeros([2]), "optimizer.w.exp_avg_sq": Tensor.zeros([2]),
      ],
      metadata: [
        "format": "basin-checkpoint", "schemaVersion": "1", "configurationHash": "c0ffee",
        "position":
          #"{"epoch":1,"batch":2,"step":9,"metricsLength":77,"bestValidationAccuracy":0.5}"#,
      ])
  }

  private static func journalFile(withImages: Bool) -> [UInt8] {
    let outcomes = (0..<4).map { index in
      SampleOutcome(
        index: index, status: index % 2 == 0 ? .broken : .correct, prediction: index,
        distance: 0.5, gradient: index == 3 ? nil : .init(startsAtZero: true, isFinite: false),
        image: withImages && index % 2 == 0 ? .full(0.25, [1, 2]) : nil)
    }
    return JournalPage(outcomes, unit: "pgd", fingerprint: "f").file.bytes
  }

  private static func jpeg(channels: Int) -> [UInt8] {
    JPEGImage(
      width: 16, height: 12, channels: channels,
      pixels: (0..<192 * channels).map { UInt8($0 * 7 % 256) }
    ).encoded(quality: 50)
  }

  /// `X` of 32 x 32 x 3 x 1 bytes and `y`, a small element, in either byte order.
  private static func mat(isBigEndian: Bool) -> [UInt8] {
    func word(_ value: Int) -> [UInt8] {
      let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
      return isBigEndian ? bytes.reversed() : bytes
    }
    func element(_ type: Int, _ content: [UInt8]) -> [UInt8] {
      let padding = [UInt8](repeating: 0, count: (8 - content.count % 8) % 8)
      return word(type) + word(content.count) + content + padding
    }
    func array(_ name: String, sizes: [Int], numbers: [UInt8]) -> [UInt8] {
      element(
        14,
        element(6, word(9) + word(0)) + element(5, sizes.flatMap(word))
          + word(1 << 16 | 1) + Array(name.utf8) + [0, 0, 0] + numbers)
    }
    let version: [UInt8] = isBigEndian ? [1, 0] + Array("MI".utf8) : [0, 1] + Array("IM".utf8)
    let pixels = (0..<3072).map { UInt8($0 % 251) }
    return Array(repeating: UInt8(ascii: " "), count: 124) + version
      + array("X", sizes: [32, 32, 3, 1], numbers: element(2, pixels))
      + array("y", sizes: [1, 1], numbers: word(1 << 16 | 2) + [10, 0, 0, 0])
  }
}
