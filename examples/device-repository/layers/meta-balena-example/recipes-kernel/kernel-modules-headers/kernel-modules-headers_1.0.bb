SUMMARY = "What a kernel module built outside the tree needs"
LICENSE = "MIT"
# Deployed as kernel_modules_headers.tar.gz, not installed into the image.
HEADERS_DIR = "files/kernel_modules_headers"
