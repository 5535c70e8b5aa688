#!/usr/bin/perl
# lab-agent: runs what the lab asks for over a virtio port. One request a line, all fields in hex:
#   ID hello                              -> ID hello
#   ID run SECONDS STDIN|- ARG ARG...     -> ID EXITCODE STDOUT STDERR
use strict;
use warnings;
use Fcntl;

my $port;
sysopen($port, '/dev/virtio-ports/lab.exec', O_RDWR) or die "no port: $!\n";
my $buffer = '';
while (1) {
  # Nobody at the other end reads as end of file.
  my $got = sysread($port, $buffer, 65536, length $buffer);
  if (!$got) { select(undef, undef, undef, 0.1); next }
  while ($buffer =~ s/^([^\n]*)\n//) {
    my ($id, $verb, $seconds, $stdin, @argv) = split ' ', $1;
    next unless defined $verb;
    if ($verb eq 'hello') { answer("$id hello"); next }
    next unless $verb eq 'run' && @argv;
    answer(join ' ', $id, run($seconds, $stdin eq '-' ? '' : pack('H*', $stdin), map { pack('H*', $_) } @argv));
  }
}

sub answer {
  my $text = "$_[0]\n";
  while (length $text) {
    my $put = syswrite($port, $text);
    return unless $put;
    substr($text, 0, $put, '');
  }
}

sub run {
  my ($seconds, $stdin, @argv) = @_;
  my ($in, $out, $err) = map { "/run/lab-agent.$_" } qw(in out err);
  open(my $f, '>', $in) or return "126 - -";
  print $f $stdin;
  close $f;
  my $child = fork;
  if (!$child) {
    open(STDIN, '<', $in);
    open(STDOUT, '>', $out);
    open(STDERR, '>', $err);
    chdir '/root';
    $ENV{HOME} = '/root';
    exec 'timeout', '-k', '1', $seconds, @argv or exit 127;
  }
  waitpid $child, 0;
  my $code = $? & 127 ? 128 + ($? & 127) : $? >> 8;
  return join ' ', $code, map { unpack('H*', slurp($_)) || '-' } $out, $err;
}

sub slurp {
  open(my $f, '<', $_[0]) or return '';
  local $/;
  return <$f> // '';
}
