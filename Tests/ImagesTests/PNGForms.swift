import Foundation

/// One image of 7 x 5 pixels in every form of the format, by a writer of the test's own (all five
/// filters in turn), and zlib.crc32 of the planes that Pillow 13.0 makes of it by `convert("RGB")`. Of
/// grey in 16 bits Pillow makes white; there the sum is that of the upper bytes, as for colours.
enum PNGForms {
  struct Form: Sendable {
    let name: String
    let sum: UInt32
    let file: [UInt8]

    init(_ form: (name: String, sum: UInt32, text: String)) {
      name = form.name
      sum = form.sum
      file = [UInt8](Data(base64Encoded: form.text, options: .ignoreUnknownCharacters)!)
    }
  }

  static let all = forms.map(Form.init)

  private static let forms: [(String, UInt32, String)] = [
    (
      "grey 1", 937_360_136,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQAAAACh4ct1AAAAEklEQVR42mMIYVzFtIq5gWUVAA1IAt3tw+8JAAAAAElF
      TkSuQmCC
      """
    ),
    (
      "grey 2", 1_377_139_011,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgAAAADmQbGlAAAAF0lEQVR42mOwtGD0+8fk6sI8W4sl9D8AHOMEaj+cFo0A
      AAAASUVORK5CYII=
      """
    ),
    (
      "grey 4", 4_147_368_943,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAAAAABpAUQFAAAAJElEQVR42gEZAOb/AAflw6AB1N7e4ALN3d3QAy7W1tME
      zd7e2bToDzA20nTCAAAAAElFTkSuQmCC
      """
    ),
    (
      "grey 8", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAH0lEQVR42mNgYOcTlVHWYuRlBwMmXghgluICAxaoOAAn
      CAG9ZX3cJQAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey 16", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAD8YXVHAAAALklEQVR42mNgOMF+gu+E6AmZE8ontE4w8p5gZ0BAJl4G
      ZMgslcLFgIAsvAzIigHwsQhhorRljAAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey+alpha 8", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAQAAAAjkz5TAAAAK0lEQVR42mNgkGVX4dMWNZKxVHbQcmfk1WJHAky8KIBZ
      SpMLCbDw8iIrBgDOIgRmZVPKXwAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey+alpha 16", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAQAAABzA+IQAAAAQUlEQVR42mNgOCF7gv2Eygm+E9onRE8YnZA5YXlC+YTD
      Ca0T7icYeYEUOwN2yMTLgBsyS6VopnAxYIcsIBW4jAUA+nARrmKQd9oAAAAASUVORK5CYII=
      """
    ),
    (
      "palette 1", 207_050_099,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQMAAACzVGSbAAAABlBMVEUARowLUZcUxZi2AAAAEklEQVR42mMIYVzFtIq5
      gWUVAA1IAt3tw+8JAAAAAElFTkSuQmCC
      """
    ),
    (
      "palette 2", 3_828_640_802,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgMAAAD09B5LAAAADFBMVEUARowLUZcWXKIhZ62ywTSiAAAAF0lEQVR42mOw
      tGD0+8fk6sI8W4sl9D8AHOMEaj+cFo0AAAAASUVORK5CYII=
      """
    ),
    (
      "palette 4", 2_139_962_916,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAB7tOvrAAAAMFBMVEUARowLUZcWXKIhZ60scrg3fcNCiM5Nk9lYnuRj
      qe9utPp5vwWEyhCP1Rua4Cal6zHksjVUAAAAJElEQVR42gEZAOb/AAflw6AB1N7e4ALN3d3QAy7W1tMEzd7e2bToDzA2
      0nTCAAAAAElFTkSuQmCC
      """
    ),
    (
      "colour 8", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAANElEQVR42mNgkLViV3Hk0/YQNfKXsQxTdojVck9h5NVy
      Z8cATLzYALOUpjkXBmABymCaAABLiAgFUqmcvwAAAABJRU5ErkJggg==
      """
    ),
    (
      "colour 16", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAIAAABWaL3MAAAAUklEQVR42mNgOCF7wuoE+wmVE44n+E5on/A4IXrC6IT/
      CZkTlifCTiifcDgRe0LrhPuJlBOMvGAGOwNhyMTLQCxklkrRTDFP4WIgDFkgOohxAADJXRvxMgpOvgAAAABJRU5ErkJg
      gg==
      """
    ),
    (
      "colour+alpha 8", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAYAAACJmvbYAAAAPElEQVR42mNgkLUKZ1dxjOPT9kgVNfLPkbEMK1Z2iK3S
      ck9pZOQFkuw4ABMvHsAspWnuxoUDsIBU4DIWAPVWDJu0w5tTAAAAAElFTkSuQmCC
      """
    ),
    (
      "colour+alpha 16", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAYAAADZCiqbAAAAY0lEQVR42mNgOCF7wupE+An2EyonHE/EneA7oX3C40Tq
      CdETRif8T+SckDlheSLsRPEJ5RMOJ2JPVJ3QOuF+IuVE4wlGXiiTnYE0yMTLQB5klkrRTDFPcUvhYiANssBMINWpAAn6
      JyupYsQVAAAAAElFTkSuQmCC
      """
    ),
    (
      "grey 1 interlaced", 937_360_136,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQAAAAHW5vvjAAAAHUlEQVR42mNgYGRgYmBmYAFChgeMD5gYGFcxMQAAEQAC
      f67zWHUAAAAASUVORK5CYII=
      """
    ),
    (
      "grey 2 interlaced", 1_377_139_011,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgAAAAGRRoEzAAAAIElEQVR42mNgYGRgYmBewMLA0sFwh7GEKYPR7x/TtBkA
      KlQFb7+yKiQAAAAASUVORK5CYII=
      """
    ),
    (
      "grey 4 interlaced", 4_147_368_943,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAAAAAEeBnSTAAAAK0lEQVR42gEgAN//AAABwAJAA+oERASovAB1MAEfsQKa
      oAHU3t7gAqqqqqCc+QxkOgPbGQAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey 8 interlaced", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAAHb9pmSAAAALUlEQVR42mNgYJRhMglg5lNmMZFhkeLj42NgF1VmVOTj
      Y5KSkmLkZQcDEBsEAEzXAzEpcNIjAAAAAElFTkSuQmCC
      """
    ),
    (
      "grey 16 interlaced", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAAAAAGLZkXRAAAAPklEQVR42mNgOMEoc4LJ5ETACWa+E8opLCYMMgwsUif4
      GECQgf2E6AnlE4yKYD6TFAMIMvKeYGdAQKgoDAIAl8YMLfeBQ9kAAAAASUVORK5CYII=
      """
    ),
    (
      "grey+alpha 8 interlaced", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAQAAAFUlA7FAAAAOklEQVR42mNgkGWUsWQyCQzIZebTVjZiMTGRkWGRMucD
      AwZ2FVEjZQdGRTsQj0kKDBh5tdiRAFQUBgBeMAebFU42xAAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey+alpha 16 interlaced", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAQAAAEEBNKGAAAAV0lEQVR42m3KMQqAIBhA4V8TnGprERvCptpEiJboCHUH
      1+75jlVTUsQ3vidCh/Is6MTBzknVMBFyzCZJEn8zjplGCrEMtEQCG6pnfap2UqiaESv/XufXBV8pGZP3AEPtAAAAAElF
      TkSuQmCC
      """
    ),
    (
      "palette 1 interlaced", 207_050_099,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAQMAAAHEU1QNAAAABlBMVEUARowLUZcUxZi2AAAAHUlEQVR42mNgYGRgYmBm
      YAFChgeMD5gYGFcxMQAAEQACf67zWHUAAAAASUVORK5CYII=
      """
    ),
    (
      "palette 2 interlaced", 3_828_640_802,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgMAAAGD8y7dAAAADFBMVEUARowLUZcWXKIhZ62ywTSiAAAAIElEQVR42mNg
      YGRgYmBewMLA0sFwh7GEKYPR7x/TtBkAKlQFb7+yKiQAAAAASUVORK5CYII=
      """
    ),
    (
      "palette 4 interlaced", 2_139_962_916,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAEMs9t9AAAAMFBMVEUARowLUZcWXKIhZ60scrg3fcNCiM5Nk9lYnuRj
      qe9utPp5vwWEyhCP1Rua4Cal6zHksjVUAAAAK0lEQVR42gEgAN//AAABwAJAA+oERASovAB1MAEfsQKaoAHU3t7gAqqq
      qqCc+QxkOgPbGQAAAABJRU5ErkJggg==
      """
    ),
    (
      "colour 8 interlaced", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAFx/1EZAAAASUlEQVR42mNgkLVilLEMYzIJzAvI7WLm0/ZQNnJgMTEx
      kZGRYZEyD+GDAQZ2FUdRI39lh1hGRbtoiBiTFAww8mq5s2MAhDwyAACaEw1SF5EaZgAAAABJRU5ErkJggg==
      """
    ),
    (
      "colour 16 interlaced", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAIAAAEhb41aAAAAbElEQVR42oXLsQpFYBxA8f/nKhPbXcQgpmuTEoOY2Fwl
      i+72rTyIJzuPJTa60m89RwSfAuWRM2Kk9Cx8mVl5OcS0hDrRlTZT2XkH0yVjwJErsYioeZPQEVLxQwWUTKfWcOVK2Xxo
      sOTZn/vOBiG/KEbA7q5VAAAAAElFTkSuQmCC
      """
    ),
    (
      "colour+alpha 8 interlaced", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAYAAAH+ncZOAAAAVElEQVR42mNgkLUKZ5SxDCtmMgnM6w7I7VrOzKftkaps
      5ODPYgIEMkDAImUeUsiHBBjYVRzjRI38c5QdYqsYFe2iK2AyTFJIgJFXyz2FHQdAUYkOAGaZFFdHkkl/AAAAAElFTkSu
      QmCC
      """
    ),
    (
      "colour+alpha 16 interlaced", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFEAYAAAGuDRoNAAAAhElEQVR42pXMsQqCYBRA4fub4NS/tYgNYlNtIkQNYVNt
      KogNUdNtSyFaokeoB+lVzmM11JYh8s3niDBmyQ4TsKDiipNQ0PAkp+bBi4FlxpYTkcaaaqZuIh/Bl+szp+SClXbiMWHN
      kRExGWciUg7cMSEr9tx+SseXdmbIlA2KJ/38PXZ5A6uVOEd3/MNXAAAAAElFTkSuQmCC
      """
    ),
    (
      "palette with tRNS", 2_139_962_916,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFBAMAAAB7tOvrAAAAMFBMVEUARowLUZcWXKIhZ60scrg3fcNCiM5Nk9lYnuRj
      qe9utPp5vwWEyhCP1Rua4Cal6zHksjVUAAAABHRSTlMAgP8HX+YVywAAACRJREFUeNoBGQDm/wAH5cOgAdTe3uACzd3d
      0AMu1tbTBM3e3tm06A8wNtJ0wgAAAABJRU5ErkJggg==
      """
    ),
    (
      "grey with tRNS", 912_627_546,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAAAAACs8akEAAAAAnRSTlMAB+j3WJsAAAAfSURBVHjaY2Bg5xOVUdZi5GUH
      AyZeCGCW4gIDFqg4ACcIAb1lfdwlAAAAAElFTkSuQmCC
      """
    ),
    (
      "grey 2 with tRNS", 1_377_139_011,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFAgAAAADmQbGlAAAAAnRSTlMAAQGU/a4AAAAXSURBVHjaY7C0YPT7x+Tqwjxb
      iyX0PwAc4wRqP5wWjQAAAABJRU5ErkJggg==
      """
    ),
    (
      "colour with tRNS", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAABnRSTlMABwAkAEHiGUS7AAAANElEQVR42mNgkLViV3Hk
      0/YQNfKXsQxTdojVck9h5NVyZ8cATLzYALOUpjkXBmABymCaAABLiAgFUqmcvwAAAABJRU5ErkJggg==
      """
    ),
    (
      "gamma and text", 3_857_000_454,
      """
      iVBORw0KGgoAAAANSUhEUgAAAAcAAAAFCAIAAAAG+GGPAAAABGdBTUEAAYagMeiWXwAAAA10RVh0Q29tbWVudABoZWxs
      b+b/riQAAAA0SURBVHjaY2CQtWJXceTT9hA18pexDFN2iNVyT2Hk1XJnxwBMvNgAs5SmORcGYAHKYJoAAEuICAVSqZy/
      AAAAAElFTkSuQmCC
      """
    ),
  ]
}
