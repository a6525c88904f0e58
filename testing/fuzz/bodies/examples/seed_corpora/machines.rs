/// Returns scripts that lead to every state of a machine and back. The numbers are the choices in `machine.rs`.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    const PROTOCOL: u8 = 0;

    let new = [&[1, 200][..], &[7; 8]].concat();
    let resumed = [
        &[0, 3, 42, 0, 0, 0, 0, 0, 0, 0, 4][..],
        b"abcd",
        &[2, 200],
        &[7; 8],
    ]
    .concat();
    let connect = [PROTOCOL, PROTOCOL, 7, PROTOCOL];
    let mut seeds = Vec::new();
    for start in [new, resumed] {
        let ready = [&start[..], &connect, &[PROTOCOL, PROTOCOL, 1]].concat();
        for rest in [
            &[15, 15, 10, 12, 10, 12, 10, 10][..],
            &[24, 2, b'{', b'}', 25, 200, 10, 11, 10, 11],
            &[18, 0, 18, 1, 0, 2, 0, 7, 0, 0],
            &[18, 3, 0, 2, 0, 7, 0, 0, 0, 0],
            &[22, 0, 7, 0, 0, 23, 2, 9, 0, 7],
            &[26, 10, 10, 27, 10, 21, 0, 7],
            &[30, 0, 7, 28, 3, 9, 0, 0, 0, 0, 0, 0, 0, 31, 0, 160, 15, 10],
            &[
                16, 1, 9, 0, 0, 0, 0, 0, 0, 0, 1, b'x', 1, 3, b'a', b'.', b'b', 19, 50, 1, 1, 1, 1,
                1, 1, 1, 1,
            ],
        ] {
            seeds.push([&ready[..], rest].concat());
        }
    }
    seeds
}
