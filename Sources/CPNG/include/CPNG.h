// PNG in memory by libpng, as plain functions.
//
// libpng reports errors by a function that must not return; here they become return values, so that
// no jump crosses Swift code. A function returns 1 on success and 0 on failure, with the reason in
// `message`.

#ifndef BASIN_CPNG_H
#define BASIN_CPNG_H

#include <stddef.h>
#include <stdint.h>

/// The room that a message needs, with its final zero.
enum { CP_MESSAGE_SIZE = 256 };

/// The largest image that is decoded, in pixels: a short file can claim more than there is memory.
enum { CP_LARGEST_IMAGE = 100 * 1000 * 1000 };

/// 1 channel is grey, 3 are red, green and blue; an alpha channel is not counted.
typedef struct {
  int width, height, channels;
} CPLayout;

/// The layout that the header of a file claims, if so many pixels can be in a file of its size.
int cp_read_layout(const uint8_t *file, size_t size, CPLayout *layout, char *message);

/// Decodes an image of `width` x `height` pixels into three planes, one after the other: red, green
/// and blue. Grey is expanded to them, palettes are resolved, of 16 bits the upper 8 are taken, and
/// transparency and gamma are left out of account.
///
/// A file that is cut or fails a check sum of its image is refused, and one of another size with its
/// own as the message.
int cp_decode_planes(
    const uint8_t *file, size_t size, int width, int height, uint8_t *planes, char *message);

#endif
