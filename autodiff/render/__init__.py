"""Operations as Python source: exact (proved by compiling), imports complete, laid out as black would."""
