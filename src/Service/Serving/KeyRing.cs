using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace LlmTelemetry.Service;

/// <summary>The keys that are right at the moment. Changes in a configuration file apply at once; wrong ones are logged, and the old keys stay. Thread-safe.</summary>
internal sealed class KeyRing : IDisposable
{
    private readonly IConfiguration _configuration;
    private readonly ILogger<KeyRing> _logger;
    private readonly bool _mayBeEmpty;
    private readonly IDisposable _changes;
    private volatile ApiKey[] _keys;

    /// <param name="options">The settings at the start.</param>
    /// <param name="configuration">Where they are from.</param>
    /// <param name="logger">Told of changes.</param>
    public KeyRing(ServiceOptions options, IConfiguration configuration, ILogger<KeyRing> logger)
    {
        (_configuration, _logger, _keys) = (configuration, logger, [.. options.Keys]);
        _mayBeEmpty = _keys.Length == 0;
        _changes = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>Whether there are any: if not, whoever reaches the service may do everything.</summary>
    public bool HasKeys => _keys.Length != 0;

    /// <summary>Who calls with a key; null: it is none. Takes the same time whichever key it is, and however much of one is right.</summary>
    public ApiCaller? Find(string key)
    {
        var hash = ApiKey.HashOf(key);
        ApiCaller? caller = null;
        foreach (var known in _keys)
        {
            // All of them, also after one was found.
            if (CryptographicOperations.FixedTimeEquals(known.Hash.Span, hash))
            {
                caller = known.Caller;
            }
        }

        return caller;
    }

    public void Dispose() => _changes.Dispose();

    private void Reload()
    {
        try
        {
            ApiKey[] keys = [.. ServiceFromConfiguration.Read(_configuration).Keys];
            if (keys.Length == 0 && !_mayBeEmpty)
            {
                // Nobody opens a service to everybody by deleting a few lines.
                _logger.LogError("There are no keys any more in the changed settings; the old ones stay. Restart the service to run it without keys.");
                return;
            }

            if (!keys.SequenceEqual(_keys, SameKey.Instance))
            {
                _keys = keys;
                _logger.LogInformation("The changed keys are in use: {Names}.", string.Join(", ", keys.Select(key => key.Caller.Name)));
            }
        }
        catch (OptionsValidationException cause)
        {
            _logger.LogError("The changed settings are wrong, and the old keys stay: {Problem}", cause.Message);
        }
    }

    private sealed class SameKey : IEqualityComparer<ApiKey>
    {
        public static SameKey Instance { get; } = new();

        public bool Equals(ApiKey? x, ApiKey? y) => x is not null && y is not null && x.Caller == y.Caller && x.Hash.Span.SequenceEqual(y.Hash.Span);

        public int GetHashCode(ApiKey key) => key.Caller.GetHashCode();
    }
}
