import Reports
import Testing

@Suite("Tables")
struct TableTests {
  private var table: Table {
    Table(
      columns: [.init("Method"), .number("Clean"), .init("Note", alignment: .center)],
      rows: [
        ["Neural ODE", .percentage(0.991, interval: 0.9801...0.9962), "a|b"],
        ["Zubov", .percentage(1, isEmphasized: true), .missing],
      ])
  }

  @Test(
    "Bounds are rounded to the side on which they hold",
    arguments: [
      (0.012_345, 3, "0.0123", "0.0124"), (0.012_355, 3, "0.0123", "0.0124"), (1, 3, "1", "1"),
      (0.9996, 3, "0.999", "1"), (0.999_96, 1, "0.9", "1"), (-0.9996, 3, "-1", "-0.999"),
      (5.23e-38, 1, "5e-38", "6e-38"), (9.99e-38, 2, "9.9e-38", "1e-37"), (0, 3, "0", "0"),
      (.infinity, 3, "inf", "inf"), (1234.5, 3, "1.23e+03", "1.24e+03"), (0.5, 1, "0.5", "0.5"),
    ])
  func bounds(value: Double, digits: Int, lower: String, upper: String) {
    #expect(Table.Cell.bound(.lower, value, significantDigits: digits).text == lower)
    #expect(Table.Cell.bound(.upper, value, significantDigits: digits).text == upper)
  }

  @Test("Plain text is aligned, without spaces at line ends")
  func plainText() {
    #expect(
      table.plainText == """
        Method                  Clean  Note
        ──────────  ─────────────────  ────
        Neural ODE  99.1 [98.0, 99.6]  a|b
        Zubov                   100.0   –
        """)
  }

  @Test("Markdown escapes pipes and sets emphasis in bold")
  func markdown() {
    #expect(
      table.markdown == """
        | Method | Clean | Note |
        | :--- | ---: | :---: |
        | Neural ODE | 99.1 [98.0, 99.6] | a\\|b |
        | Zubov | **100.0** | – |
        """)
  }

  @Test("Names of classes and files steer neither a terminal nor a page")
  func hostile() {
    let name = "\u{1B}[31ma\r\nb\u{202E}</td><script>*c* _d_ e_f `g`|[h](i)&"
    let table = Table(
      caption: name, columns: [.init(name)], rows: [[Table.Cell(name, detail: name)]])
    for text in [table.plainText, table.markdown, table.html, table.csv, table.latex] {
      #expect(!text.unicodeScalars.contains { "\u{1B}\r\u{202E}".unicodeScalars.contains($0) })
    }
    #expect(table.plainText.split(separator: "\n").count == 4)
    #expect(table.markdown.split(separator: "\n").count == 4)
    #expect(table.csv.split(separator: "\n").count == 2)
    #expect(!table.html.contains("<script>"))
    #expect(
      table.markdown.hasSuffix(
        #"\<script>\*c\* \_d\_ e_f \`g\`\|[h\](i)& |"#))
  }

  @Test("HTML carries scopes, emphasis and escapes")
  func html() {
    let table = Table(
      caption: "Less < more & \"best\"", columns: [.init("<Method>"), .number("Clean")],
      rows: [["A&B", Table.Cell("1", detail: "<2>", isEmphasized: true)]])
    let html = table.html
    #expect(html.contains("<th scope=\"col\" class=\"leading\">&lt;Method&gt;</th>"))
    #expect(html.contains("<th scope=\"row\" class=\"leading\">A&amp;B</th>"))
    #expect(
      html.contains("<td class=\"trailing\"><strong>1</strong> <small>&lt;2&gt;</small></td>"))
    #expect(html.contains("<figcaption>Less &lt; more &amp; &quot;best&quot;</figcaption>"))
  }

  @Test("CSV quotes what has commas and gives details a column of their own")
  func csv() {
    let table = Table(
      columns: [.init("method, plain"), .number("Clean")],
      rows: [
        ["a \"b\"", Table.Cell("1.0", detail: "± 0.5", isEmphasized: true)], ["c", .missing],
      ])
    #expect(
      table.csv == """
        "method, plain",Clean,Clean (scatter)
        "a ""b\"\"",1.0,0.5
        c,,

        """)
  }

  @Test("LaTeX escapes what means something there and sets emphasis in bold")
  func latex() {
    let table = Table(
      caption: "50 % of a_b", columns: [.init("R&D"), .number("Γ")],
      rows: [["x", Table.Cell("1", detail: "± 2", isEmphasized: true)]])
    #expect(table.latex.contains("\\caption{50 \\% of a\\_b}"))
    #expect(table.latex.contains("\\begin{tabular}{lr}"))
    #expect(table.latex.contains("R\\&D & $\\Gamma$ \\\\\n\\midrule"))
    #expect(table.latex.contains("x & \\textbf{1} {\\scriptsize $\\pm$ 2} \\\\\n\\bottomrule"))
  }

  @Test("A caption stands before plain text, apart from it")
  func caption() {
    let table = Table(caption: "Accuracy", columns: [.init("A")], rows: [["1"]])
    #expect(table.plainText == "Accuracy\n\nA\n─\n1")
  }

  @Test("Numbers keep their significant digits")
  func numbers() {
    #expect(Table.Cell.number(0.012345).text == "0.0123")
    #expect(Table.Cell.number(1234.5, significantDigits: 5).text == "1234.5")
  }
}
