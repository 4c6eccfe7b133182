/// Images that belong together, such as a clean one and what an attack made of it, with what the
/// model took each for.
public struct ImageGallery: Equatable, Sendable {
  /// An image and what was made of it.
  public struct Picture: Equatable, Sendable {
    /// The pixels of this version.
    public var image: PixelImage

    /// Which version of the image this is, such as `clean` or `PGD-10`.
    public var name: String

    /// What the model takes it for; `nil` for a picture without a prediction, such as a difference.
    public var prediction: String?

    /// Whether the prediction is right; shown by a sign as well as by colour.
    public var isCorrect: Bool?

    /// Creates a version of an image, with what the model takes it for where it was asked.
    public init(
      _ image: PixelImage, name: String, prediction: String? = nil, isCorrect: Bool? = nil
    ) {
      self.image = image
      self.name = name
      self.prediction = prediction
      self.isCorrect = isCorrect
    }
  }

  /// The versions of one image, side by side.
  public struct Item: Equatable, Sendable {
    /// What the image truly shows.
    public var title: String
    /// The versions from left to right, the clean one first.
    public var pictures: [Picture]

    public init(title: String, pictures: [Picture]) {
      self.title = title
      self.pictures = pictures
    }
  }

  /// The images one below the other, each with its versions.
  public var items: [Item]

  /// Creates a gallery of images, in their order.
  public init(_ items: [Item]) {
    self.items = items
  }

  package var html: String {
    "<ul class=\"gallery\">\n\(items.map(\.html).joined(separator: "\n"))\n</ul>"
  }
}

extension ImageGallery.Item {
  fileprivate var html: String {
    """
    <li><h3>\(title.escapedForHTML)</h3><div class="pictures">
    \(pictures.map { $0.html(of: title) }.joined(separator: "\n"))
    </div></li>
    """
  }
}

extension ImageGallery.Picture {
  fileprivate func html(of title: String) -> String {
    let verdict =
      switch isCorrect {
      case true?: "<span class=\"right\" role=\"img\" aria-label=\"right\">✓</span> "
      case false?: "<span class=\"wrong\" role=\"img\" aria-label=\"wrong\">✗</span> "
      case nil: ""
      }
    let caption = prediction.map { "<b>\(verdict)\($0.escapedForHTML)</b>" } ?? ""
    let alternative = prediction.map { "\(title), \(name), taken for \($0)" } ?? "\(title), \(name)"
    return """
      <figure><img src="\(image.dataURI)" width="\(image.width)" height="\(image.height)" \
      alt="\(alternative.escapedForHTML)"><figcaption>\(name.escapedForHTML)\(caption)\
      </figcaption></figure>
      """
  }
}
