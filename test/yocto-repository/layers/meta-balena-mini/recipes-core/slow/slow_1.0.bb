do_compile() {
    yes "a compiler that has much to say about ${PN} and every file of it" | head -n ${MINI_NOISE}
    sleep ${MINI_SECONDS}
}
