using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>How much audio passes through a session; for its totals, not for its price.</summary>
[Experimental("MEAI001")]
internal static class RealtimeAudio
{
    private const int PcmBits = 16;
    private const int TelephoneBits = 8;

    /// <summary>How long it plays; zero where the format is not known or compressed.</summary>
    public static TimeSpan DurationOf(long bytes, RealtimeAudioFormat? format) => format is not { SampleRate: > 0 and var rate } ? TimeSpan.Zero : format.MediaType switch
    {
        "audio/pcm" or "pcm16" => UsageSession.PcmDuration(bytes, rate, PcmBits),
        "audio/pcmu" or "audio/pcma" => UsageSession.PcmDuration(bytes, rate, TelephoneBits),
        _ => TimeSpan.Zero,
    };

    /// <summary>The bytes that a Base64 text holds.</summary>
    public static long SizeOf(string? base64) => base64 is not { Length: >= 4 } text ? 0 : (text.Length / 4L * 3) - (text[^1] != '=' ? 0 : text[^2] != '=' ? 1 : 2);
}
