SUMMARY = "Scripts to look at a running system"
LICENSE = "MIT"
PACKAGE_ARCH = "all"
FILES_DIR = "files/rootfs"
# What the image is made for; the composition sets it with -a in x-build.build_args
HOSTOS_TOOLS_FEATURES ?= "base"
