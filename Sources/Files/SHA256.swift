import libcrypto

/// SHA-256 digests by OpenSSL's libcrypto.
public final class SHA256 {
  private let context = EVP_MD_CTX_new()

  public init() {
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("libcrypto offers no SHA-256")
    }
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in the next bytes of the message, whose division among calls does not matter.
  public func update(_ bytes: some Collection<UInt8>) {
    let isDone: Void? = bytes.withContiguousStorageIfAvailable {
      _ = EVP_DigestUpdate(context, $0.baseAddress, $0.count)
    }
    if isDone == nil { update(Array(bytes)) }
  }

  /// The digest of everything given so far, as 64 lower-case hexadecimal digits; call it once.
  public func finalize() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(context, &digest, nil)
    let digits = Array("0123456789abcdef")
    return String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }

  /// The digest of some bytes.
  public static func digest(of bytes: some Collection<UInt8>) -> String {
    let digest = SHA256()
    digest.update(bytes)
    return digest.finalize()
  }
}
