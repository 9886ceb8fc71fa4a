SUMMARY = "The first program of the system"
LICENSE = "MIT"
PACKAGE_ARCH = "all"
FILES_DIR = "files/rootfs"
