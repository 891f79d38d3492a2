using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Hashes users' ids with a key: the same key and id give the same hash in every process, and without the key nobody can try ids.</summary>
internal sealed class UserHashes
{
    private const int MinKey = 16;

    // A few megabytes at most. When it is full it starts anew: whoever calls much is soon in it again.
    private const int MaxKept = 10_000;

    private readonly byte[] _key;
    private readonly ConcurrentDictionary<string, string> _kept = new();
    private int _count;

    public UserHashes(ReadOnlySpan<byte> key) =>
        _key = key.Length >= MinKey ? key.ToArray() : throw new ArgumentException($"A key of {key.Length} bytes is not right here; it must have at least {MinKey}.", nameof(key));

    /// <summary>The same with the user's hash in the place of the id, wherever that is.</summary>
    public Attribution Hide(in Attribution said)
    {
        var tags = said.Tags;
        if (said.User is not { } user || said.IsUserHashed)
        {
            return tags is null ? said : said with { Tags = HideIn(tags, user: null) };
        }

        return said with
        {
            User = Of(user),
            IsUserHashed = true,
            Tenant = Hidden(said.Tenant, user),
            Feature = Hidden(said.Feature, user),
            Conversation = Hidden(said.Conversation, user),
            Session = Hidden(said.Session, user),
            Tier = Hidden(said.Tier, user),
            Client = Hidden(said.Client, user),
            Environment = Hidden(said.Environment, user),
            Tags = tags is null ? null : HideIn(tags, user),
        };
    }

    /// <summary>Whether the value is the id of the call's user, hashed by now.</summary>
    public bool IsUser(string value, in Attribution said) => said.IsUserHashed && said.User == Hash(value);

    /// <summary>64 characters of lower-case hex.</summary>
    public string Of(string user)
    {
        if (_kept.TryGetValue(user, out var hash))
        {
            return hash;
        }

        hash = Hash(user);
        if (Interlocked.Increment(ref _count) > MaxKept)
        {
            _kept.Clear();
            Volatile.Write(ref _count, 1);
        }

        _kept[user] = hash;
        return hash;
    }

    private string Hash(string user)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(user), hash);
        return Convert.ToHexStringLower(hash);
    }

    private string? Hidden(string? value, string user) => value == user ? Of(user) : value;

    private IReadOnlyDictionary<string, string> HideIn(IReadOnlyDictionary<string, string> tags, string? user)
    {
        Dictionary<string, string>? hidden = null;
        foreach (var (name, value) in tags)
        {
            if (value == user || name is Attributes.UserId or Options.User)
            {
                (hidden ??= new Dictionary<string, string>(tags))[name] = Of(value);
            }
        }

        return hidden ?? tags;
    }
}
