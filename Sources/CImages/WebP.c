#include "CImages.h"

#include <stdio.h>
#include <stdlib.h>

#include <webp/decode.h>

static int fail(char *message, const char *reason) {
  snprintf(message, CI_MESSAGE_SIZE, "%s", reason);
  return 0;
}

static const char *reason(VP8StatusCode status) {
  switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY: return "Out of memory";
    case VP8_STATUS_NOT_ENOUGH_DATA: return "The file ends early";
    case VP8_STATUS_UNSUPPORTED_FEATURE: return "A WebP image with features that are not read";
    default: return "A damaged WebP image";
  }
}

int cw_read_layout(const uint8_t *file, size_t size, CILayout *layout, char *message) {
  WebPBitstreamFeatures features;
  VP8StatusCode status = WebPGetFeatures(file, size, &features);
  if (status != VP8_STATUS_OK) return fail(message, reason(status));
  if (features.has_animation)
    return fail(message, "an animated WebP image\nSave one of its frames as a picture.");
  if ((uint64_t)features.width * features.height > CI_LARGEST_IMAGE) {
    snprintf(
        message, CI_MESSAGE_SIZE, "%d x %d pixels, where at most %d can be read", features.width,
        features.height, CI_LARGEST_IMAGE);
    return 0;
  }
  layout->width = features.width;
  layout->height = features.height;
  layout->channels = 3;
  return 1;
}

int cw_decode_planes(
    const uint8_t *file, size_t size, int width, int height, uint8_t *planes, char *message) {
  CILayout layout;
  if (!cw_read_layout(file, size, &layout, message)) return 0;
  if (layout.width != width || layout.height != height) {
    snprintf(message, CI_MESSAGE_SIZE, "%d x %d pixels", layout.width, layout.height);
    return 0;
  }
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return fail(message, "Another version of libwebp");
  size_t area = (size_t)width * height;
  uint8_t *pixels = malloc(3 * area);
  if (pixels == NULL) return fail(message, "Out of memory");
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = pixels;
  config.output.u.RGBA.stride = 3 * width;
  config.output.u.RGBA.size = 3 * area;
  VP8StatusCode status = WebPDecode(file, size, &config);
  if (status == VP8_STATUS_OK)
    for (size_t i = 0; i < area; i++)
      for (size_t c = 0; c < 3; c++) planes[c * area + i] = pixels[3 * i + c];
  WebPFreeDecBuffer(&config.output);
  free(pixels);
  return status == VP8_STATUS_OK ? 1 : fail(message, reason(status));
}

void ci_shares(const uint8_t *levels, size_t count, float *shares) {
  for (size_t i = 0; i < count; i++) shares[i] = (float)levels[i] / 255;
}
