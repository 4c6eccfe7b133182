#include "CImages.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/// libjpeg's error manager and the place to return to. The manager comes first, so that a pointer
/// to it is one to the whole.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf place;
  char *message;
} Failure;

static void fail(j_common_ptr codec) {
  Failure *failure = (Failure *)codec->err;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  snprintf(failure->message, CI_MESSAGE_SIZE, "%s", text);
  longjmp(failure->place, 1);
}

static void warn(j_common_ptr codec, int level) {
  if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) fail(codec);
}

static struct jpeg_error_mgr *manager(Failure *failure, char *message) {
  jpeg_std_error(&failure->manager);
  failure->manager.error_exit = fail;
  failure->manager.emit_message = warn;
  failure->message = message;
  return &failure->manager;
}

static void limit_scans(j_common_ptr codec) {
  Failure *failure = (Failure *)codec->err;
  if (((j_decompress_ptr)codec)->input_scan_number <= 500) return;
  snprintf(failure->message, CI_MESSAGE_SIZE, "More than 500 scans");
  longjmp(failure->place, 1);
}

/// Reads the header and chooses the colours to decode to; 0 with a message where that is refused.
static int open_file(
    j_decompress_ptr decoder, const uint8_t *file, size_t size, char *message) {
  jpeg_mem_src(decoder, file, (unsigned long)size);
  jpeg_read_header(decoder, TRUE);
  if (decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK) {
    snprintf(
        message, CI_MESSAGE_SIZE,
        "a JPEG image in CMYK\nConvert it to RGB, in Pillow by image.convert('RGB').");
    return 0;
  }
  if (decoder->num_components != 1 && decoder->num_components != 3) {
    snprintf(
        message, CI_MESSAGE_SIZE, "%d colour components, where only 1 or 3 can be read",
        decoder->num_components);
    return 0;
  }
  if ((uint64_t)decoder->image_width * decoder->image_height > CI_LARGEST_IMAGE) {
    snprintf(
        message, CI_MESSAGE_SIZE, "%u x %u pixels, where at most %d can be read",
        decoder->image_width, decoder->image_height, CI_LARGEST_IMAGE);
    return 0;
  }
  decoder->out_color_space = decoder->num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return 1;
}

/// What is done with a file whose header is read; 0 with a message where it is refused.
typedef int (*Reading)(j_decompress_ptr decoder, void *context, char *message);

/// Opens a file and reads it, with one place for all failures to end at.
static int read_file(
    const uint8_t *file, size_t size, Reading reading, void *context, char *message) {
  struct jpeg_decompress_struct decoder = {0};
  struct jpeg_progress_mgr progress = {0};
  progress.progress_monitor = limit_scans;
  Failure failure;
  decoder.err = manager(&failure, message);
  volatile int success = 0;
  if (setjmp(failure.place) == 0) {
    jpeg_create_decompress(&decoder);
    decoder.progress = &progress;
    success =
        open_file(&decoder, file, size, message) && reading(&decoder, context, message);
  }
  jpeg_destroy_decompress(&decoder);
  return success;
}

static int read_layout(j_decompress_ptr decoder, void *context, char *message) {
  (void)message;
  CILayout *layout = context;
  layout->width = (int)decoder->image_width;
  layout->height = (int)decoder->image_height;
  layout->channels = decoder->num_components;
  return 1;
}

int cj_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message) {
  return read_file(file, size, read_layout, layout, message);
}

static int read_pixels(j_decompress_ptr decoder, void *context, char *message) {
  (void)message;
  uint8_t *pixels = context;
  jpeg_start_decompress(decoder);
  size_t stride = (size_t)decoder->output_width * decoder->output_components;
  while (decoder->output_scanline < decoder->output_height) {
    JSAMPROW row = pixels + stride * decoder->output_scanline;
    jpeg_read_scanlines(decoder, &row, 1);
  }
  jpeg_finish_decompress(decoder);
  return 1;
}

int cj_decode(const uint8_t *file, size_t size, uint8_t *pixels, char *message) {
  return read_file(file, size, read_pixels, pixels, message);
}

/// Where the planes of an image of a certain layout go.
typedef struct {
  CILayout layout;
  uint8_t *planes;
} Planes;

/// Whether a file is an image of this layout, whose colours it then chooses; a message where not.
static int fits(j_decompress_ptr decoder, CILayout layout, char *message) {
  if (decoder->image_width != (JDIMENSION)layout.width ||
      decoder->image_height != (JDIMENSION)layout.height) {
    snprintf(
        message, CI_MESSAGE_SIZE, "%u x %u pixels", decoder->image_width, decoder->image_height);
    return 0;
  }
  if (decoder->num_components > layout.channels) {
    snprintf(message, CI_MESSAGE_SIZE, "an image in colour");
    return 0;
  }
  decoder->out_color_space = layout.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  return 1;
}

static int read_planes(j_decompress_ptr decoder, void *context, char *message) {
  CILayout layout = ((Planes *)context)->layout;
  uint8_t *planes = ((Planes *)context)->planes;
  if (!fits(decoder, layout, message)) return 0;
  jpeg_start_decompress(decoder);
  size_t width = decoder->output_width, area = width * decoder->output_height;
  JSAMPARRAY rows = (*decoder->mem->alloc_sarray)(
      (j_common_ptr)decoder, JPOOL_IMAGE, (JDIMENSION)(width * layout.channels), 1);
  while (decoder->output_scanline < decoder->output_height) {
    uint8_t *place = planes + width * decoder->output_scanline;
    if (layout.channels == 1) rows[0] = place;
    jpeg_read_scanlines(decoder, rows, 1);
    if (layout.channels == 1) continue;
    const uint8_t *pixel = rows[0];
    for (size_t x = 0; x < width; x++, pixel += 3) {
      place[x] = pixel[0];
      place[x + area] = pixel[1];
      place[x + 2 * area] = pixel[2];
    }
  }
  jpeg_finish_decompress(decoder);
  return 1;
}

int cj_decode_planes(
    const uint8_t *file, size_t size, CILayout layout, uint8_t *planes, char *message) {
  Planes target = {layout, planes};
  return read_file(file, size, read_planes, &target, message);
}

size_t cj_encoded_bound(CILayout layout) {
  // Coefficients take at most twice the room of their samples, counted in whole 16 x 16 blocks.
  size_t width = ((size_t)layout.width + 15) / 16 * 16;
  size_t height = ((size_t)layout.height + 15) / 16 * 16;
  return width * height * 6 + 4096;
}

int cj_encode(
    const uint8_t *pixels, CILayout layout, int quality, uint8_t *file, size_t *size,
    char *message) {
  struct jpeg_compress_struct encoder = {0};
  Failure failure;
  encoder.err = manager(&failure, message);
  unsigned char *buffer = file;
  unsigned long count = (unsigned long)*size;
  volatile int success = 0;
  if (setjmp(failure.place) == 0) {
    jpeg_create_compress(&encoder);
    jpeg_mem_dest(&encoder, &buffer, &count);
    encoder.image_width = (JDIMENSION)layout.width;
    encoder.image_height = (JDIMENSION)layout.height;
    encoder.input_components = layout.channels;
    encoder.in_color_space = layout.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&encoder);
    jpeg_set_quality(&encoder, quality, TRUE);
    jpeg_start_compress(&encoder, TRUE);
    size_t stride = (size_t)layout.width * layout.channels;
    while (encoder.next_scanline < encoder.image_height) {
      JSAMPROW row = (JSAMPROW)(pixels + stride * encoder.next_scanline);
      jpeg_write_scanlines(&encoder, &row, 1);
    }
    jpeg_finish_compress(&encoder);
    success = 1;
  }
  jpeg_destroy_compress(&encoder);
  if (success && buffer != file) {
    // libjpeg moved to a larger buffer of its own, which the bound should have spared it.
    free(buffer);
    snprintf(message, CI_MESSAGE_SIZE, "No room for the encoded image");
    return 0;
  }
  *size = count;
  return success;
}
