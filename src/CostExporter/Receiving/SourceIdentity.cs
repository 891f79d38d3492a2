using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace LlmTelemetry.CostExporter;

/// <summary>What stands for who sent telemetry, in every version and process the same: states and claims are kept under it.</summary>
internal static class SourceIdentity
{
    private const int Length = 16;

    /// <summary>Letters and digits that stand for a source.</summary>
    /// <param name="tenant">The tenant of the key that it was sent with: what one tenant's services call themselves says nothing of another's. Null: none.</param>
    /// <param name="source">Who says to have sent it. Its environment is no part of it.</param>
    public static string Of(string? tenant, in TelemetrySource source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, tenant);
        Append(hash, source.Namespace);
        Append(hash, source.Service);
        Append(hash, source.Instance);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        _ = hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest[..Length]);
    }

    /// <summary>The id of a call that was sent with a tenant's key: the same call has the same, and no other tenant can say it.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="call">The id that the sender gave it: ids of other systems are any numbers, and anybody may say another's.</param>
    public static Guid CallOf(string tenant, Guid call)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, tenant);
        hash.AppendData(call.ToByteArray(bigEndian: true));
        return new Guid(hash.GetHashAndReset().AsSpan(0, Length), bigEndian: true);
    }

    // Length first, so that no two sources make the same bytes; UTF-16 as it is, since UTF-8 has no lone surrogates.
    private static void Append(IncrementalHash hash, string? part)
    {
        var length = part?.Length ?? -1;
        hash.AppendData([(byte)length, (byte)(length >> 8), (byte)(length >> 16), (byte)(length >> 24)]);
        hash.AppendData(MemoryMarshal.AsBytes(part.AsSpan()));
    }
}
