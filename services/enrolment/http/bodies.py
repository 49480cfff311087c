"""What the API takes."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from services.enrolment.rules.roster.refusals import MAX_CHECK_LIST_BYTES, MAX_UPLOAD_BYTES
from shared.http import body_limit

# Room for the multipart form around the file.
_FORM_BYTES = 64 * 1024
ROSTER_LIMIT = Depends(body_limit(MAX_UPLOAD_BYTES + _FORM_BYTES))
CHECK_LIST_LIMIT = Depends(body_limit(MAX_CHECK_LIST_BYTES + _FORM_BYTES))
RosterId = Annotated[UUID, Path(description="The roster.")]
# As long as the longest that a cell of a roster may be; what it holds is judged as such a cell is.
_Cell = Annotated[str, Field(max_length=1000)]


class NewWorker(BaseModel):
    """A person as the form has it. Every value is judged, and corrected in form only, as in a roster."""

    model_config = ConfigDict(extra="forbid")

    nama: Annotated[_Cell, Field(description="Name as on the identity card.")]
    nik: Annotated[_Cell, Field(description="16 digits, from the identity card or the family card.")]
    tanggal_lahir: Annotated[_Cell, Field(description="Date of birth: 1980-12-31 or 31/12/1980.")]
    jenis_kelamin: Annotated[_Cell, Field(description="L or P.")]
    kode_desa: Annotated[_Cell, Field(description="Kemendagri code of the village, 10 digits.")]
    kode_pekerjaan: Annotated[_Cell, Field(description="Code of the programme's list of occupations.")]
    status_bekerja: Annotated[_Cell, Field(description="ya or tidak.")]
    desil: Annotated[_Cell, Field(description="Welfare decile, 1 to 10.")]
    alamat: Annotated[_Cell, Field(description="Address.")] = ""
    telepon: Annotated[_Cell, Field(description="Mobile number; left out with a note if it cannot be one.")] = ""
    email: Annotated[_Cell, Field(description="E-mail address; left out with a note if it cannot be one.")] = ""
