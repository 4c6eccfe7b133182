#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// Where errors end, and the bytes that are read.
typedef struct {
  jmp_buf place;
  char *message;
  const uint8_t *file;
  size_t size, position;
} Reader;

static void fail(png_structp png, png_const_charp text) {
  Reader *reader = png_get_error_ptr(png);
  snprintf(reader->message, CI_MESSAGE_SIZE, "%s", text);
  longjmp(reader->place, 1);
}

/// What libpng steps over is no concern of the reader's: damage to the image is an error anyway.
static void warn(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
  Reader *reader = png_get_io_ptr(png);
  if (count > reader->size - reader->position) png_error(png, "The file ends early");
  memcpy(bytes, reader->file + reader->position, count);
  reader->position += count;
}

/// Refuses sizes beyond the limit, and those that no compression brings into the file.
static void check_size(png_structp png, png_infop info, const Reader *reader) {
  uint64_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  uint64_t bits = (uint64_t)png_get_bit_depth(png, info) * png_get_channels(png, info);
  char text[128];
  if (width * height > CI_LARGEST_IMAGE) {
    snprintf(
        text, sizeof text, "%u x %u pixels, where at most %d can be read", (unsigned)width,
        (unsigned)height, CI_LARGEST_IMAGE);
    png_error(png, text);
  }
  // Deflate makes at most 1032 bytes of one.
  if (width * height * bits / 8 / 1032 > reader->size) {
    snprintf(
        text, sizeof text, "%u x %u pixels, which a file of %zu bytes cannot hold",
        (unsigned)width, (unsigned)height, reader->size);
    png_error(png, text);
  }
}

/// Reads the header of a file and checks its size; 0 with a message where there is no memory for it.
/// Of all other chunks only what makes the image is read.
static int read_header(png_structp png, png_infop info, Reader *reader) {
  if (png == NULL || info == NULL) {
    snprintf(reader->message, CI_MESSAGE_SIZE, "Out of memory");
    return 0;
  }
  png_set_read_fn(png, reader, read_bytes);
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
#ifdef PNG_HANDLE_AS_UNKNOWN_SUPPORTED
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
#endif
  png_read_info(png, info);
  check_size(png, info, reader);
  return 1;
}

/// Refuses an image of another size with its own.
static void check_equal(png_structp png, png_infop info, int width, int height) {
  png_uint_32 found[2] = {png_get_image_width(png, info), png_get_image_height(png, info)};
  if (found[0] == (png_uint_32)width && found[1] == (png_uint_32)height) return;
  char text[64];
  snprintf(text, sizeof text, "%u x %u pixels", (unsigned)found[0], (unsigned)found[1]);
  png_error(png, text);
}

/// Rows of red, green and blue, each in so many bytes, the upper one first.
static void read_pixels(png_structp png, png_infop info, int bytes, uint8_t *pixels) {
  png_set_expand(png);
  if (bytes == 2) png_set_expand_16(png); else png_set_strip_16(png);
  png_set_strip_alpha(png);
  png_set_gray_to_rgb(png);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t stride = (size_t)png_get_image_width(png, info) * 3 * bytes;
  if (png_get_rowbytes(png, info) != stride) png_error(png, "Not three channels");
  for (int pass = 0; pass < passes; pass++)
    for (png_uint_32 y = 0; y < png_get_image_height(png, info); y++)
      png_read_row(png, pixels + stride * y, NULL);
  png_read_end(png, NULL);
}

int cp_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message) {
  Reader reader = {.message = message, .file = file, .size = size};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  volatile int success = 0;
  if (setjmp(reader.place) == 0) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, warn);
    info = png_create_info_struct(png);
    if (read_header(png, info, &reader)) {
      layout->width = (int)png_get_image_width(png, info);
      layout->height = (int)png_get_image_height(png, info);
      layout->channels = png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR ? 3 : 1;
      success = 1;
    }
  }
  png_destroy_read_struct((png_structp *)&png, (png_infop *)&info, NULL);
  return success;
}

int cp_decode_planes(
    const uint8_t *file, size_t size, int width, int height, uint8_t *planes, float *shares,
    char *message) {
  Reader reader = {.message = message, .file = file, .size = size};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  uint8_t *volatile pixels = NULL;
  size_t area = (size_t)width * height;
  volatile int success = 0;
  if (setjmp(reader.place) == 0) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, fail, warn);
    info = png_create_info_struct(png);
    if (read_header(png, info, &reader)) {
      check_equal(png, info, width, height);
      // An interlaced image fills up pass by pass, so all of it is held.
      int bytes = shares == NULL ? 1 : 2;
      pixels = malloc(area * 3 * bytes);
      if (pixels == NULL) png_error(png, "Out of memory");
      read_pixels(png, info, bytes, pixels);
      for (size_t i = 0; i < area; i++)
        for (size_t c = 0; c < 3; c++) {
          const uint8_t *level = pixels + (3 * i + c) * bytes;
          if (shares == NULL)
            planes[c * area + i] = level[0];
          else
            shares[c * area + i] = (float)(level[0] << 8 | level[1]) / 65535;
        }
      success = 1;
    }
  }
  free(pixels);
  png_destroy_read_struct((png_structp *)&png, (png_infop *)&info, NULL);
  return success;
}

static png_image image_of(CILayout layout) {
  return (png_image){
      .version = PNG_IMAGE_VERSION, .width = (png_uint_32)layout.width,
      .height = (png_uint_32)layout.height,
      .format = layout.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
}

size_t cp_encoded_bound(CILayout layout) {
  png_image image = image_of(layout);
  return PNG_IMAGE_PNG_SIZE_MAX(image);
}

int cp_encode(
    const uint8_t *pixels, CILayout layout, uint8_t *file, size_t *size, char *message) {
  png_image image = image_of(layout);
  png_alloc_size_t bytes = *size;
  int success = png_image_write_to_memory(&image, file, &bytes, 0, pixels, 0, NULL);
  if (!success) snprintf(message, CI_MESSAGE_SIZE, "%s", image.message);
  png_image_free(&image);
  *size = bytes;
  return success;
}
