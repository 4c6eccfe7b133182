import Failures
import Foundation
import Robustness
import Testing

@Suite("A budget is the fraction that was written")
struct BudgetTests {
  @Test(
    "reads fractions and decimals exactly",
    arguments: [
      ("8/255", 8, 255), ("16/255", 16, 255), ("0.1", 1, 10), ("0", 0, 1), ("1", 1, 1),
      ("1.0", 1, 1), ("4/8", 1, 2), (" 8 / 255 ", 8, 255), ("0.031", 31, 1000), ("00.5", 1, 2),
      ("255/255", 1, 1), ("0/255", 0, 1),
    ])
  func reads(text: String, numerator: Int, denominator: Int) throws {
    let budget = try Budget(text)
    #expect(budget.numerator == numerator)
    #expect(budget.denominator == denominator)
    #expect(budget.value == Double(numerator) / Double(denominator))
    #expect(budget.description == text.filter { $0 != " " })
  }

  @Test(
    "refuses what is no budget and says what to write",
    arguments: [
      "8/0", "-0.1", "-8/255", "nan", "inf", "", " ", "8", "1.01", "256/255", "8//255", "/255",
      "8/", "0.1.2", "1e-3", ".5", "5.", "8/255/2", "0x1", "+0.1", "٣/255", "1/2.5", "eight",
      "0.1234567890123456", "99999999999999999999/255",
    ])
  func refuses(text: String) {
    let error = #expect(throws: Failure.self) { try Budget(text) }
    #expect(error?.kind == .invalidOption)
    #expect(error?.found == "'\(text)'")
    #expect(error?.remedy.isEmpty == false)
  }

  @Test("names the mistake")
  func namesTheMistake() {
    let zero = #expect(throws: Failure.self) { try Budget("8/0") }
    #expect(zero?.expected == "a denominator above 0")
    let large = #expect(throws: Failure.self) { try Budget("8") }
    #expect(large?.expected == "at most 1 in the L-inf norm")
    let negative = #expect(throws: Failure.self) { try Budget("-1/255") }
    #expect(negative?.expected == "a number from 0 on")
  }

  @Test("allows more than 1 in L2") func largeInL2() throws {
    #expect(try Budget("1.739", norm: .l2).value == 1.739)
  }

  @Test("equal numbers are equal however they are written") func equality() throws {
    #expect(try Budget("0.5") == Budget("1/2"))
    #expect(try Set([Budget("0.5"), Budget("2/4")]).count == 1)
    #expect(try Budget("8/255") < Budget("0.1"))
  }

  @Test("a list keeps its order and refuses repetition") func lists() throws {
    #expect(try Budget.list("8/255,0.1").map(\.description) == ["8/255", "0.1"])
    #expect(throws: Failure.self) { try Budget.list("8/255,16/510") }
    #expect(throws: Failure.self) { try Budget.list("8/255,") }
  }

  @Test("is written as it was read") func coding() throws {
    let threat = try ThreatModel(budget: Budget("8/255"))
    let json = try JSONEncoder().encode(threat)
    let back = try JSONDecoder().decode(ThreatModel.self, from: json)
    #expect(back == threat)
    #expect(back.description == "Linf 8/255")
  }
}
