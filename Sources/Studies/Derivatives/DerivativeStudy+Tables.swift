import Evaluations
import Foundation
import Reports

extension DerivativeStudy {
  /// What was done, in a line.
  package var summary: String {
    func written(_ value: Double) -> String { String(format: "%g", value) }
    return "\(system): \(request.trajectories) trajectories of \(request.samples) samples, "
      + "\(written(request.spacing)) apart, with noise of \(written(100 * request.noise)) % of the "
      + "box's half side; \(request.seeds.count) seeds"
  }

  /// What was learned from each signal.
  package var table: Table {
    Table(
      caption: "Errors on trajectories that were not learned from, root mean square",
      columns: [
        .init("learned from"), .number("of the derivatives"), .number("of the field"),
        .number("of the trajectories"),
      ],
      rows: fields.map { errors in
        [.init(errors.signal)]
          + [errors.signalErrors, errors.fieldErrors, errors.trajectoryErrors].map {
            .spread(Spread($0), decimals: 3)
          }
      })
  }

  /// The operator beside differences.
  package var libraryTable: Table {
    Table(
      caption:
        "Errors of derivatives of symbolic functions that the operator has not seen, root mean "
        + "square over that of the derivatives",
      columns: [
        .number("noise, of a window's deviation"), .number("operator"),
        .number("central differences"),
      ],
      rows: library.map { errors in
        [.number(errors.noise)]
          + [errors.operatorErrors, errors.differenceErrors].map {
            .spread(Spread($0), decimals: 3)
          }
      })
  }
}
