do_compile() {
    if [ "${MINI_FAIL}" = "${PN}" ]; then
        echo "cc1: something went wrong in ${PN}"
        exit 1
    fi
}
