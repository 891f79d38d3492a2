using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace LlmTelemetry.Service;

/// <summary>One key, as the settings have it.</summary>
/// <param name="Caller">Who calls with it.</param>
/// <param name="Hash">SHA-256 of the key.</param>
/// <remarks>
/// One SHA-256 and no salt: a key is 256 random bits, not a password. There is no dictionary of such keys to hash beforehand, and a slow hash would buy nothing against 2^256 guesses
/// and let anybody occupy the processor with wrong keys. For the same reason all hashes can be compared with one of what was sent.
/// </remarks>
internal sealed record ApiKey(ApiCaller Caller, ReadOnlyMemory<byte> Hash)
{
    /// <summary>Begins the text of a hash and says which one it is.</summary>
    public const string HashPrefix = "sha256:";

    // Tells scanners of source code, and people, what they have found.
    private const string KeyPrefix = "llmt_";
    private const int RandomBytes = 32;

    /// <summary>A key that nobody had before, and what to write into the settings for it.</summary>
    public static (string Key, string Hash) New()
    {
        var key = KeyPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));
        return (key, HashPrefix + Convert.ToHexStringLower(HashOf(key)));
    }

    /// <summary>The hash of what somebody sends.</summary>
    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
