import os, time
counters = os.open('/proc/net/dev', os.O_RDONLY)
try:
    clock = time.clock_gettime_ns
    monotonic = time.CLOCK_MONOTONIC
except AttributeError:
    clock = lambda _: int(time.monotonic() * 1e9)
    monotonic = 1
# Ticks that piled up while the host was busy get one answer.
while os.read(0, 4096):
    os.lseek(counters, 0, os.SEEK_SET)
    now = clock(monotonic)
    parts = [b'%d.%09d\n' % (now // 1000000000, now % 1000000000)]
    while True:
        part = os.read(counters, 65536)
        if not part:
            break
        parts.append(part)
    parts.append(b'.\n')
    frame = memoryview(b''.join(parts))
    while frame:
        frame = frame[os.write(1, frame):]
