import Failures
import Testing

@Suite("Text of others in messages")
struct EchoTests {
  @Test(
    "what steers a terminal is escaped, other text stays",
    arguments: [
      ("plain text, ä, 漢字, 🙂", "plain text, ä, 漢字, 🙂"),
      ("\u{1B}[2J", "\\u{1B}[2J"), ("a\nb\r\tc\0", "a\\nb\\r\\tc\\0"),
      ("\u{9B}31m", "\\u{009B}31m"), ("\u{202E}cod.exe", "\\u{202E}cod.exe"),
      ("\u{2028}", "\\u{2028}"), ("it's \"so\"", "it's \"so\""), ("", ""),
    ])
  func escapes(text: String, shown: String) {
    #expect(text.echoed() == shown)
    #expect(text.echoed().echoed() == shown, "twice is once")
  }

  @Test("a long text keeps its beginning and its end")
  func bounds() {
    #expect(String(repeating: "x", count: 80).echoed() == String(repeating: "x", count: 80))
    let long = "begin" + String(repeating: "x", count: 1 << 20) + "end"
    #expect(long.echoed().count == 81)
    #expect(long.echoed().hasPrefix("begin") && long.echoed().hasSuffix("end"))
    // One character of a million accents is a million scalars.
    #expect(("e" + String(repeating: "\u{301}", count: 1 << 20)).echoed().utf8.count < 200)
  }

  @Test("every part of a failure is echoed")
  func failure() {
    let failure = Failure(at: "a\n", expected: "b\u{7}", found: "c\u{1B}", remedy: "d")
    #expect("\(failure)" == "a\\n: expected b\\u{07}, found c\\u{1B}. d")
    let restated = failure.restated(.unreachable, at: "e", remedy: "f")
    #expect("\(restated)" == "could not reach e: expected b\\u{07}, found c\\u{1B}. f")
  }
}
