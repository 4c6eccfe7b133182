import Foundation
import Reports

/// A page with every kind of block and chart, filled with made-up figures that look like a run's.
enum SamplePage {
  static let classNames = ["first arm", "second arm", "third arm"]

  static var page: ReportPage {
    ReportPage(
      title: "Zubov-Net on digits",
      subtitle: "30 epochs, seed 7, `cpu`, strict protocol; these figures are made up for a test.",
      headlines: [
        .init("99.4 %", label: "clean accuracy", detail: "95 % interval 98.0 to 99.8"),
        .init("98.1 %", label: "under PGD-10, ε = 8/255", detail: "95 % interval 96.2 to 99.0"),
        .init("74.6 %", label: "under PGD-10, ε = 0.1", detail: "95 % interval 70.0 to 78.7"),
        .init("0.61", label: "regions over true basins", detail: "mean intersection over union"),
      ],
      sections: [
        .init(
          "Accuracy",
          [
            .prose(
              """
              Every row was trained on the same images for the same number of epochs. An attack \
              counts as survived only if a fresh forward pass says so.

              Intervals are Wilson's at 95 %, over the 360 test images; `–` was not measured.
              """),
            .table(table), .chart(accuracy.vegaLite),
          ]),
        .init(
          "Training",
          [.chart(losses.vegaLite), .chartGrid([lyapunov.vegaLite, robustness.vegaLite])]),
        .init(
          "Regions and basins",
          [
            .note("A region is prescribed by V; a basin is where the trajectories truly end."),
            .chartGrid(
              [
                region("Before training", twist: 0.4).vegaLite,
                region("Prescribed regions", twist: 1.2).vegaLite,
                region("True basins", twist: 1.5).vegaLite,
              ], legend: classNames),
          ]),
        .init("Features", [scatter.block]),
        .init("Images", [.gallery(gallery)]),
        .init("Escaping", [.prose("</script><b>&\"'"), .chart(bars.vegaLite)]),
        .init("Provenance", [.details(title: "Configuration", text: "method: zubov-net\nseed: 7")]),
      ])
  }

  static let methods = [
    "ResNet-18", "Neural ODE", "Lyapunov classifier",
    "Zubov-Net (consistency 0, separation 0) on digits",
  ]

  static var table: Table {
    var table = Table(
      caption: "Accuracy in percent with its 95 % interval; the best of a column is bold.",
      columns: [
        Column("Method"), .number("Clean"), .number("PGD-10, 8/255"), .number("PGD-10, 0.1"),
        .number("Parameters"),
      ])
    let rows = [
      [0.983, 0.902, 0.410], [0.991, 0.939, 0.609], [0.995, 0.981, 0.767], [0.994, 0.981, 0.746],
    ]
    for (method, row) in zip(methods, rows) {
      let cells = row.enumerated().map { column, value in
        Table.Cell.percentage(
          value, interval: interval(value),
          isEmphasized: value == rows.map { $0[column] }.max())
      }
      table.append(
        [Table.Cell(method)] + cells + [method == "ResNet-18" ? .missing : "52 310"])
    }
    return table
  }

  private typealias Column = Table.Column

  private static func interval(_ value: Double) -> ClosedRange<Double> {
    max(0, value - 0.04 * (1.1 - value))...min(1, value + 0.03 * (1.1 - value))
  }

  static var accuracy: IntervalChart {
    let groups = [("clean", 0.99), ("Gaussian noise", 0.95), ("PGD-10, 8/255", 0.9), ("0.1", 0.5)]
    return IntervalChart(
      title: "Accuracy by attack", summary: "Dots are measured.",
      intervalMeaning: "95 % intervals", axisTitle: "accuracy",
      values: groups.flatMap { group, level in
        methods.enumerated().map { index, method in
          let value = min(0.995, level + 0.06 * Double(index) * (1 - level) * 2)
          return .init(group: group, series: method, value: value, interval: interval(value))
        }
      })
  }

  static var bars: IntervalChart {
    IntervalChart(
      title: "Solver evaluations <per step> & \"more\"", summary: "Fewer is faster.",
      axisTitle: "evaluations", unit: .number, mark: .bar,
      values: [
        .init(group: "</script>", series: "a", value: 12, interval: 10...15),
        .init(group: "digits", series: "b.c[0]", value: 20),
      ])
  }

  static var losses: LineChart {
    let terms = [
      ("total", 2.1, 0.1), ("L_con", 0.6, 0.02), ("L_cls", 1.2, 0.01), ("L_sep", 0.3, 0.05),
    ]
    var generator = SystemRandomNumberGenerator()
    let series = terms.map { name, start, end in
      LineChart.Series(
        name,
        (0..<2000).map { step in
          let trend = end + (start - end) * exp(-Double(step) / 350)
          return (Double(step), trend * Double.random(in: 0.75...1.3, using: &generator))
        }
      ).summarized(into: 160)
    }
    return LineChart(
      title: "Loss terms over steps",
      summary: """
        Lines are means of neighbouring steps, bands their range. Click a name to see it alone; \
        drag to pan, pinch or Ctrl-scroll to zoom.
        """,
      xTitle: "step", yTitle: "loss", yScale: .logarithmic, series: series)
  }

  static var lyapunov: LineChart {
    func curve(_ end: Double) -> [(x: Double, y: Double)] {
      (0..<60).map { (Double($0), 0.5 + (end - 0.5) * (1 - exp(-Double($0) / 14))) }
    }
    return LineChart(
      title: "V along training", summary: "V of the target class falls, V of the others rises.",
      xTitle: "epoch", yTitle: "V",
      series: [
        .init("target class", curve(0.03)), .init("other classes", curve(0.97), isDashed: true),
      ])
  }

  static var robustness: LineChart {
    LineChart(
      title: "Accuracy over ε", summary: "", bandMeaning: "95 % intervals",
      xTitle: "ε", yTitle: "accuracy",
      series: methods.prefix(2).enumerated().map { index, name in
        .init(
          name,
          points: stride(from: 0, through: 0.2, by: 0.02).map { epsilon in
            let value = 1 / (1 + exp((epsilon - 0.1 - 0.03 * Double(index)) * 50))
            let band = max(0, value - 0.03)...min(1, value + 0.03)
            return .init(x: epsilon, y: value, interval: band)
          })
      })
  }

  static var scatter: ScatterChart {
    ScatterChart(
      classNames: classNames, noteTitle: "predicted",
      panels: ["clean", "FGSM, 8/255", "Gaussian noise"].enumerated().map { blur, title in
        .init(
          title, summary: "Points are images, colours their classes.",
          points: (0..<240).map { index in
            let turn = Double(index * index % 97) / 97 * 2 * .pi
            let radius = Double(index % 11) / 11 * (0.4 + 0.6 * Double(blur))
            let arm = 2 * .pi * Double(index % 3) / 3
            return .init(
              x: 2 * cos(arm) + radius * cos(turn), y: 2 * sin(arm) + radius * sin(turn),
              classIndex: index % 40 == 0 ? nil : index % 3,
              note: index % 7 == 0 ? "</b>" : classNames[index % 3])
          })
      })
  }

  static func region(_ title: String, twist: Double) -> RegionPicture {
    func owner(_ x: Double, _ y: Double) -> Int? {
      let radius = hypot(x, y)
      guard radius < 2.6 else { return nil }
      let turn = (atan2(y, x) + twist * radius) / (2 * .pi)
      return Int(((turn - turn.rounded(.down)) * 3).rounded(.down)) % 3
    }
    var picture = RegionPicture(
      title: title, summary: "Colours are classes, arrows the vector field, diamonds equilibria.",
      classNames: classNames, xRange: -2.4...2.4, yRange: -2.4...2.4)
    let side = 72
    picture.cells = .init(
      columns: side, rows: side,
      classes: (0..<side * side).map { index in
        let x = -2.4 + 4.8 * (Double(index % side) + 0.5) / Double(side)
        let y = -2.4 + 4.8 * (Double(index / side) + 0.5) / Double(side)
        return owner(x, y)
      })
    for row in 0..<12 {
      for column in 0..<12 {
        let x = -2.2 + 0.4 * Double(column)
        let y = -2.2 + 0.4 * Double(row)
        picture.field.append(.init(origin: .init(x: x, y: y), dx: -y - 0.4 * x, dy: x - 0.4 * y))
      }
    }
    for index in 0..<3 {
      let angle = 2 * Double.pi * (Double(index) + 0.5) / 3 - twist * 1.4
      let center = RegionPicture.Point(x: 1.4 * cos(angle), y: 1.4 * sin(angle))
      picture.equilibria.append(.init(center, classIndex: index))
      for radius in [0.2, 0.4] {
        picture.levelSets.append(
          .init(
            (0...40).map {
              let turn = 2 * Double.pi * Double($0) / 40
              return .init(x: center.x + radius * cos(turn), y: center.y + radius * sin(turn))
            }, classIndex: index))
      }
      picture.trajectories.append(
        .init(
          (0...50).map {
            let rest = exp(-Double($0) / 12)
            let turn = angle + 1.6 * rest
            return .init(x: (1.4 + 0.8 * rest) * cos(turn), y: (1.4 + 0.8 * rest) * sin(turn))
          }, classIndex: index))
      picture.samples.append(.init(.init(x: center.x + 0.5, y: center.y - 0.2), classIndex: index))
    }
    picture.trajectories.append(
      .init((0...30).map { .init(x: -2 + 0.08 * Double($0), y: 2 - 0.02 * Double($0)) }))
    return picture
  }

  static var gallery: ImageGallery {
    ImageGallery(
      (0..<6).map { digit in
        let clean = (0..<64).map { pixel -> UInt8 in
          let distance = hypot(Double(pixel % 8) - 3.5, Double(pixel / 8) - 3.5)
          return UInt8(max(0, 255 - 70 * abs(distance - 1.5 - Double(digit) / 4)))
        }
        let attacked = clean.enumerated().map { pixel, value -> UInt8 in
          value > 127 ? value - UInt8(pixel * 37 % 60) : value + UInt8(pixel * 53 % 60)
        }
        let color = attacked.flatMap { [$0, $0 / 2, 255 - $0] }
        return .init(
          title: "a true \(digit)",
          pictures: [
            .init(
              PixelImage(width: 8, height: 8, pixels: clean), name: "clean",
              prediction: "\(digit)", isCorrect: true),
            .init(
              PixelImage(width: 8, height: 8, pixels: digit == 5 ? color : attacked),
              name: "PGD-10, 0.1", prediction: "\(digit % 2 == 0 ? digit : digit + 1)",
              isCorrect: digit % 2 == 0),
          ])
      })
  }
}
