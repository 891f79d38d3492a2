using System.Globalization;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A connection to Redis on which every call has a time limit, and which is made anew when it seems stuck. Only what StackExchange.Redis
/// 1.2.6, 2.13 and 3.4 share is used.
/// </summary>
internal sealed class RedisConnection(RedisAddress address, StoreSettings settings) : IAsyncDisposable
{
    // A server that stands still keeps its socket, and the client waits on it; a dead peer is not noticed for minutes.
    private const int TimeoutsBeforeReconnect = 3;

    // The client connects again by itself, at most seconds after the server is there. One that has not for so long may never.
    private static readonly TimeSpan RenewAfter = TimeSpan.FromSeconds(10);

    private static readonly string[] RefusedWords = ["NOAUTH", "WRONGPASS", "AuthenticationFailure"];

    private readonly SemaphoreSlim _gate = new(1);
    private readonly RedisTrust? _trust = address.Tls ? new RedisTrust(address.CaFile) : null;
    private ConnectionMultiplexer? _client;
    private int _timeouts;

    // Timestamp of the first call without a connection since one had an answer; 0: there is none.
    private long _lostSince;

    // The client's log of a connection that was not made.
    private volatile string _connecting = "";
    private bool _disposed;

    /// <summary>Raised when what the store held may have changed while nobody was connected.</summary>
    public event Action? Reconnected;

    public string Name { get; } = $"Redis at {string.Join(',', address.Servers.Select(RedisAddress.Name))}";

    public int Database => address.Database;

    /// <summary>Connects where that is not done; says why where it cannot be done now.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_client is null)
            {
                _client = await LimitAsync(OpenAsync(), cancellationToken, late: CloseAsync).ConfigureAwait(false);
                _timeouts = 0;
            }
        }
        finally
        {
            _gate.Release();
        }

        if (!_client.IsConnected)
        {
            await ExplainAsync(_client, cancellationToken).ConfigureAwait(false);
        }

        if (address.Database != 0 && _client.GetEndPoints().Any(point => _client.GetServer(point) is { IsConnected: true, ServerType: ServerType.Cluster }))
        {
            throw new SpendStoreMismatchException(
                $"{Name} is a Cluster, which has database 0 alone: leave /{address.Database} out of the address, and keep stores apart by {nameof(CostExporterOptions.KeyPrefix)}.");
        }
    }

    /// <summary>Runs one call within the time limit. After a time-out it may still be applied.</summary>
    public async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var client = Volatile.Read(ref _client);
        if (client is null)
        {
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
            client = Volatile.Read(ref _client) ?? throw new IOException($"{Name} was just disconnected.");
        }

        try
        {
            var result = await LimitAsync(call(client.GetDatabase(address.Database)), cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _timeouts, 0);
            Volatile.Write(ref _lostSince, 0);
            return result;
        }
        catch (RedisConnectionException)
        {
            var now = settings.Time.GetTimestamp();
            if (Interlocked.CompareExchange(ref _lostSince, now, 0) is var since && since != 0 && settings.Time.GetElapsedTime(since, now) >= RenewAfter)
            {
                Volatile.Write(ref _lostSince, 0);
                Drop(client);
            }

            throw;
        }
        catch (TimeoutException)
        {
            if (Interlocked.Increment(ref _timeouts) >= TimeoutsBeforeReconnect)
            {
                Drop(client);
            }

            throw;
        }
    }

    /// <summary>Asks each server that is connected: the one, or the nodes of a Cluster.</summary>
    public async Task<IReadOnlyList<(string Server, T Answer)>> AskEachAsync<T>(Func<IServer, Task<T>> ask, CancellationToken cancellationToken)
    {
        await ConnectAsync(cancellationToken).ConfigureAwait(false);
        var client = Volatile.Read(ref _client) ?? throw new IOException($"{Name} was just disconnected.");
        var answers = new List<(string, T)>();
        foreach (var server in client.GetEndPoints().Select(point => client.GetServer(point)).Where(server => server.IsConnected))
        {
            answers.Add((RedisAddress.Name(server.EndPoint), await LimitAsync(ask(server), cancellationToken).ConfigureAwait(false)));
        }

        return answers;
    }

    /// <summary>Runs a script.</summary>
    public async Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] values, CancellationToken cancellationToken)
    {
        try
        {
            return await CallAsync(redis => redis.ScriptEvaluateAsync(script, keys, values), cancellationToken).ConfigureAwait(false);
        }
        catch (RedisServerException cause) when (cause.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // 1.2.6 trusts its memory of what the server has cached, forgets it on this answer, and sends the text the next time.
            return await CallAsync(redis => redis.ScriptEvaluateAsync(script, keys, values), cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        _disposed = true;
        var client = Interlocked.Exchange(ref _client, null);
        _gate.Release();
        if (client is not null)
        {
            await CloseAsync(client).ConfigureAwait(false);
        }
    }

    // The client keeps to itself why it is not connected: it tells the next call, or its log.
    private async Task ExplainAsync(ConnectionMultiplexer client, CancellationToken cancellationToken)
    {
        try
        {
            await LimitAsync(client.GetDatabase(address.Database).PingAsync(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is RedisException or TimeoutException && _trust?.Refusal is { } refusal)
        {
            throw new IOException($"{Name} cannot be reached: {refusal}", cause);
        }
        catch (RedisException cause)
        {
            var refused = RefusedWords.Any(word => $"{_connecting} {cause}".Contains(word, StringComparison.Ordinal));
            throw new IOException($"{Name} cannot be reached: {(refused ? "it asks for another password than the address has" : cause.Message)}.", cause);
        }
    }

    private void Drop(ConnectionMultiplexer client)
    {
        if (Interlocked.CompareExchange(ref _client, null, client) == client)
        {
            Reconnected?.Invoke();
            _ = CloseAsync(client);
        }
    }

    // What is under way on a closed client is lost or applied later: the batch numbers take care of either.
    private static async Task CloseAsync(ConnectionMultiplexer client)
    {
        try
        {
            await client.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is RedisException or ObjectDisposedException or TimeoutException or IOException)
        {
            // It was broken already.
        }
    }

    private async Task<ConnectionMultiplexer> OpenAsync()
    {
        var limit = (int)Math.Clamp(settings.Timeout.TotalMilliseconds, 100, int.MaxValue);
        var options = new ConfigurationOptions
        {
            AbortOnConnectFail = false,
            AllowAdmin = true, // The client's own lock on INFO and CONFIG GET: nothing here changes a server's settings.
            ClientName = "LlmTelemetry",
            ConfigurationChannel = "",
            ConnectRetry = 1,
            ConnectTimeout = limit,
            Password = address.Password,
            Ssl = address.Tls,
            SyncTimeout = limit,
            TieBreaker = "",
        };
        if (_trust is not null)
        {
            options.CertificateValidation += _trust.Accept;
        }

#if FULL_FEED
        options.User = address.User;

        // Later versions keep what cannot be sent until it times out; what 1.2.6 does is right here, where batches are kept and sent again anyway.
        options.BacklogPolicy = BacklogPolicy.FailFast;
#endif
        foreach (var server in address.Servers)
        {
            options.EndPoints.Add(server);
        }

        var log = new StringWriter(CultureInfo.InvariantCulture);
        var client = await ConnectionMultiplexer.ConnectAsync(options, TextWriter.Synchronized(log)).ConfigureAwait(false);
        _connecting = client.IsConnected ? "" : log.ToString();
#if !FULL_FEED
        // In 1.2.6 one slow continuation holds up all others without it; later versions always do so.
        client.PreserveAsyncOrder = false;
#endif
        client.ConnectionRestored += (_, _) => Reconnected?.Invoke();
        return client;
    }

    private async Task<T> LimitAsync<T>(Task<T> call, CancellationToken cancellationToken, Func<T, Task>? late = null)
    {
        try
        {
            // 1.2.6 never ends an asynchronous call by itself.
            return await call.WaitAsync(settings.Timeout, settings.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException cause)
        {
            throw new TimeoutException($"{Name} did not answer within {settings.Timeout}.", cause);
        }
        finally
        {
            if (!call.IsCompleted)
            {
                _ = EndLateAsync(call, late);
            }
        }
    }

    // What comes after its time limit is nobody's any more.
    private static async Task EndLateAsync<T>(Task<T> call, Func<T, Task>? late)
    {
        try
        {
            var result = await call.ConfigureAwait(false);
            await (late?.Invoke(result) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is RedisException or ObjectDisposedException or TimeoutException or IOException or OperationCanceledException)
        {
            // Its caller was told of the time-out.
        }
    }
}
