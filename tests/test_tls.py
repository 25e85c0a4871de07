"""Whom we trust is read once, and is what SSL_CERT_FILE says."""

from pathlib import Path

import pytest
import trustme

from tls import trusting


def test_all_clients_have_one_context(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert trusting() is trusting()
    assert len(trusting().get_ca_certs()) > 50


def test_another_file_is_another_trust(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    trustme.CA(organization_name="Ours").cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    [ours] = trusting().get_ca_certs()
    assert "Ours" in str(ours["subject"])
