"""PDF files encrypted as PDF 2.0 does it: handler 5, revision 6, AES with 256 bits.

The names are those of ISO 32000-2, 7.6. AES comes from the library that Python's own hashes use.
"""

from __future__ import annotations

import _hashlib
import ctypes
import hashlib

from pdf_files import as_it_is, by_hand

_KEY = bytes(range(32))
_NO_VECTOR = bytes(16)
_FORBIDS_PRINTING = -3904


def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(_hashlib.__file__)
        library.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
        for name in ("EVP_aes_128_cbc", "EVP_aes_256_cbc"):
            getattr(library, name).restype = ctypes.c_void_p
    except (OSError, AttributeError):
        return None
    return library


_LIBRARY = _library()
HAS_AES = _LIBRARY is not None


def encrypted(content: bytes, password: bytes, *, least_rounds: int) -> tuple[bytes, int]:
    """A PDF of one page that opens with `password`, and how many rounds its key takes.

    The salt is the first one that needs so many.
    """
    salt, rounds = _salt(password, least_rounds)
    checked, key = salt, b"key salt"
    user = _stirred(password, checked)[0] + checked + key
    user_key = _aes(_stirred(password, key)[0], _NO_VECTOR, _KEY)
    owner = _stirred(b"owner", b"owner sa", user)[0] + b"owner sa" + b"owner ke"
    owner_key = _aes(_stirred(b"owner", b"owner ke", user)[0], _NO_VECTOR, _KEY)
    allowed = _FORBIDS_PRINTING.to_bytes(8, "little", signed=True)
    permissions = _aes(_KEY, _NO_VECTOR, allowed + b"Tadb" + b"rand")
    handler = (
        b"<< /Filter /Standard /V 5 /R 6 /Length 256 /P %d /U <%s> /UE <%s> /O <%s> /OE <%s> "
        b"/Perms <%s> /CF << /StdCF << /CFM /AESV3 /AuthEvent /DocOpen /Length 32 >> >> "
        b"/StmF /StdCF /StrF /StdCF >>"
    ) % (
        _FORBIDS_PRINTING,
        *(part.hex().encode() for part in (user, user_key, owner, owner_key, permissions)),
    )
    padding = 16 - len(content) % 16
    vector = b"a vector of ours"
    packed = vector + _aes(_KEY, vector, content + bytes([padding]) * padding)
    trailer = b"/Encrypt 6 0 R /ID [<0011> <0011>]"
    return by_hand(b"", raw=as_it_is(packed), trailer=trailer, more=[handler]), rounds


def _salt(password: bytes, least_rounds: int) -> tuple[bytes, int]:
    for number in range(20_000):
        salt = number.to_bytes(8, "big")
        rounds = _stirred(password, salt)[1]
        if rounds >= least_rounds:
            return salt, rounds
    raise ValueError(f"no salt needs {least_rounds} rounds")


def _stirred(password: bytes, salt: bytes, user: bytes = b"") -> tuple[bytes, int]:
    """The hash of algorithm 2.B, and after how many rounds it was done."""
    key = hashlib.sha256(password + salt + user).digest()
    rounds, last = 0, 255
    while rounds < 64 or last > rounds - 32:
        made = _aes(key[:16], key[16:32], (password + key + user) * 64)
        key = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(made[:16]) % 3](made).digest()
        rounds, last = rounds + 1, made[-1]
    return key[:32], rounds


def _aes(key: bytes, vector: bytes, data: bytes) -> bytes:
    """`data` encrypted block by block, each mixed with the one before; nothing is padded."""
    assert _LIBRARY is not None
    cipher = _LIBRARY.EVP_aes_256_cbc if len(key) == 32 else _LIBRARY.EVP_aes_128_cbc
    context = ctypes.c_void_p(_LIBRARY.EVP_CIPHER_CTX_new())
    out, size = ctypes.create_string_buffer(len(data) + 16), ctypes.c_int()
    try:
        started = _LIBRARY.EVP_EncryptInit_ex(context, ctypes.c_void_p(cipher()), None, key, vector)
        _LIBRARY.EVP_CIPHER_CTX_set_padding(context, 0)
        done = _LIBRARY.EVP_EncryptUpdate(context, out, ctypes.byref(size), data, len(data))
    finally:
        _LIBRARY.EVP_CIPHER_CTX_free(context)
    assert started == done == 1
    return out.raw[: size.value]
