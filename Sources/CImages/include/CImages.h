// Images in memory by libjpeg, libpng and libwebp, as plain functions.
//
// libjpeg and libpng report errors by a jump, which must not cross Swift code; here they become return
// values. A function returns 1 on success and 0 on failure, with the reason in `message`; behind a line
// break what to do, where a file is whole and of a kind that is not read.

#ifndef BASIN_CIMAGES_H
#define BASIN_CIMAGES_H

#include <stddef.h>
#include <stdint.h>

/// The room that a message needs, with its final zero.
enum { CI_MESSAGE_SIZE = 256 };

/// The largest image that is decoded, in pixels: a short file can claim more than there is memory.
enum { CI_LARGEST_IMAGE = 100 * 1000 * 1000 };

/// Rows from the top, pixels from the left, channels interleaved: 1 is grey, 3 is red, green, blue; an
/// alpha channel is not counted.
typedef struct {
  int width, height, channels;
} CILayout;

// JPEG

/// The layout in which `cj_decode` gives this file.
int cj_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message);

/// Decodes into the width * height * channels bytes that `cj_read_layout` announced.
///
/// A file that ends early is an error; damage that libjpeg steps over is not. A progressive file
/// may have 500 scans: more would only keep the reader busy.
int cj_decode(const uint8_t *file, size_t size, uint8_t *pixels, char *message);

/// Decodes an image of `layout.width` x `layout.height` pixels into `layout.channels` planes, one after
/// the other: 3 for red, green and blue, to which grey is expanded, or 1 for a grey file.
///
/// What `cj_decode` says of damage holds here too. A file of another size is refused with its own as
/// the message; a colour file does not become grey.
int cj_decode_planes(
    const uint8_t *file, size_t size, CILayout layout, uint8_t *planes, char *message);

/// Room enough for whatever `cj_encode` writes.
size_t cj_encoded_bound(CILayout layout);

/// Encodes as a baseline file with libjpeg's defaults: colours as Y'CbCr, the chroma at half the
/// resolution both ways (4:2:0), the quantization tables of a quality from 1 to 100.
///
/// `size` is the room at `file` and becomes the file's size.
int cj_encode(
    const uint8_t *pixels, CILayout layout, int quality, uint8_t *file, size_t *size,
    char *message);

// PNG

/// The layout that the header of a file claims, if so many pixels can be in a file of its size.
int cp_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message);

/// Decodes an image of `width` x `height` pixels into three planes, one after the other: red, green
/// and blue. Grey is expanded to them, palettes are resolved, and transparency and gamma are left out of
/// account. Of 16 bits the upper 8 go to `planes`; all of them, as shares of 65,535, to `shares`, where
/// the other pointer is NULL.
///
/// A file that is cut or fails a check sum of its image is refused, and one of another size with its
/// own as the message.
int cp_decode_planes(
    const uint8_t *file, size_t size, int width, int height, uint8_t *planes, float *shares,
    char *message);

/// Room enough for whatever `cp_encode` writes.
size_t cp_encoded_bound(CILayout layout);

/// Encodes grey levels or colours of 8 bits. `size` is the room at `file` and becomes the file's size.
int cp_encode(
    const uint8_t *pixels, CILayout layout, uint8_t *file, size_t *size, char *message);

// WebP

/// The layout of a still WebP file.
int cw_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message);

/// Decodes a still image of `width` x `height` pixels into three planes; transparency is left out of
/// account. A file of another size is refused with its own as the message.
int cw_decode_planes(
    const uint8_t *file, size_t size, int width, int height, uint8_t *planes, char *message);

/// Levels as shares of 255.
void ci_shares(const uint8_t *levels, size_t count, float *shares);

#endif
