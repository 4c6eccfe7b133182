import Foundation

/// A web server on this machine with the vices of real ones; the first folder of a path picks one.
///
/// `/plain` knows no ranges, `/ranges` does, `/rest` gives nothing but ranges, `/cut` ends each answer halfway through what is left,
/// `/halves` does so too and knows no ranges,
/// `/slow` waits halfway, `/busy` answers 503 twice before it works, `/page` answers with a web page,
/// `/empty` with nothing.
final class LoopbackServer: Sendable {
  private let process: Process
  private let input = Pipe()
  /// The address to which paths are appended.
  let base: String

  static let isAvailable = python != nil && program("curl") != nil
  private static let python = program("python3")

  private static func program(_ name: String) -> URL? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { URL(fileURLWithPath: String($0)).appendingPathComponent(name) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  init(serving folder: URL) throws {
    process = Process()
    let output = Pipe()
    process.executableURL = Self.python
    process.arguments = ["-c", Self.script, folder.path]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let port = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    base = "http://127.0.0.1:\(port.trimmingCharacters(in: .whitespacesAndNewlines))"
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private static let script = #"""
    import http.server, os, sys, threading, time
    folder, answers = sys.argv[1], {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_GET(self):
            vice, _, name = self.path.lstrip("/").partition("/")
            answers[self.path] = answers.get(self.path, 0) + 1
            path = os.path.join(folder, name)
            if vice == "busy" and answers[self.path] <= 2:
                return self.send_error(503)
            if vice == "page":
                return self.answer(200, b"\n<!DOCTYPE html><title>Sign in</title>")
            if vice == "empty":
                return self.answer(200, b"")
            if not os.path.isfile(path):
                return self.send_error(404)
            content = open(path, "rb").read()
            asked = self.headers.get("Range")
            if vice == "rest" and asked is None:
                return self.send_error(403)
            if asked is None or vice in ("plain", "halves"):
                return self.answer(200, content, vice)
            start = int(asked.split("=")[1].split("-")[0])
            if start >= len(content):
                return self.send_error(416)
            extent = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self.answer(206, content[start:], vice if len(content) - start > 4 else "", extent)

        def answer(self, status, content, vice="", extent=None):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            if extent:
                self.send_header("Content-Range", extent)
            self.end_headers()
            half = len(content) // 2
            self.wfile.write(content[:half])
            if vice == "slow":
                self.wfile.flush()
                time.sleep(0.1)
            if vice not in ("cut", "halves"):
                self.wfile.write(content[half:])

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    """#
}
