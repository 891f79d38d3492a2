using System.Buffers;
using System.Numerics;

namespace LlmTelemetry.Service;

/// <summary>Bytes of one request in one piece, that grow as they come, never by what a header promises; from the pool, and counted. Not thread-safe.</summary>
internal sealed class OtlpBuffer(OtlpMemory memory) : IDisposable
{
    private const int FirstSize = 16 << 10;

    private byte[] _bytes = [];
    private int _counted;

    /// <summary>How many are filled.</summary>
    public int Length { get; private set; }

    /// <summary>Those that are filled.</summary>
    public Span<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    /// <summary>Reads what is filled now.</summary>
    public Stream OpenRead() => new MemoryStream(_bytes, 0, Length, writable: false);

    /// <summary>Room behind them, at least one byte: <see cref="Advance"/> says how much of it was filled.</summary>
    /// <exception cref="OtlpRefusal">No memory is left for it.</exception>
    public Memory<byte> Free()
    {
        if (Length == _bytes.Length)
        {
            Grow(Length + 1);
        }

        return _bytes.AsMemory(Length);
    }

    public void Advance(int filled) => Length += filled;

    /// <summary>Fills so many bytes more, and returns them to be written.</summary>
    /// <exception cref="OtlpRefusal">No memory is left for it.</exception>
    public Span<byte> Take(int count)
    {
        if (count > _bytes.Length - Length)
        {
            Grow(Length + count);
        }

        Length += count;
        return _bytes.AsSpan(Length - count, count);
    }

    /// <summary>Leaves the last bytes out again.</summary>
    public void Cut(int count) => Length -= count;

    public void Dispose()
    {
        Release();
        Length = 0;
    }

    private void Grow(int needed)
    {
        // The pool's sizes: what is counted is what is taken.
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(FirstSize, needed));
        memory.Take(size);
        var grown = ArrayPool<byte>.Shared.Rent(size);
        Span.CopyTo(grown);
        Release();
        _bytes = grown;
        _counted = size;
    }

    private void Release()
    {
        if (_bytes.Length != 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            memory.Return(_counted);
            _bytes = [];
            _counted = 0;
        }
    }
}
