using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Tracks the calls of the hosted file client inside it. Providers take no fee for them; where one does, the price book has it under the
/// operation's name.
/// </summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingHostedFileClient : DelegatingHostedFileClient
{
    private readonly Tracker _tracker;

    public UsageTrackingHostedFileClient(IHostedFileClient inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        var metadata = CallSource.Ask<HostedFileClientMetadata>(inner.GetService, instruments);
        _tracker = new Tracker(
            CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, defaultModel: null, CallSource.SourceOf(inner.GetService, instruments)),
            options,
            instruments,
            CallSource.Ask<UsageTrackingHostedFileClient>(inner.GetService, instruments)?._tracker);
    }

    private bool IsListening => _tracker.Recorder.IsListening;

    /// <inheritdoc/>
    public override Task<HostedFileContent> UploadAsync(
        Stream content, string? mediaType = null, string? fileName = null, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var clean = Clean(options);
        return IsListening
            ? TrackedCall.RunAsync<Upload, HostedFileContent, Uploaded>(
                _tracker.Recorder, RequestOf(Files.OperationUpload, options, id: null, mediaType), new Upload(InnerClient, content, mediaType, fileName, clean), static (upload, token) => upload.SendAsync(token), cancellationToken)
            : InnerClient.UploadAsync(content, mediaType, fileName, clean, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task<HostedFileDownloadStream> DownloadAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Files.OperationDownload, fileId, options, static (asked, token) => asked.Client.DownloadAsync(asked.Id, asked.Options, token), cancellationToken);

    /// <inheritdoc/>
    public override Task<HostedFileContent?> GetFileInfoAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Files.OperationGetInfo, fileId, options, static (asked, token) => asked.Client.GetFileInfoAsync(asked.Id, asked.Options, token), cancellationToken);

    /// <inheritdoc/>
    public override Task<bool> DeleteAsync(string fileId, HostedFileClientOptions? options = null, CancellationToken cancellationToken = default) =>
        RunAsync(Files.OperationDelete, fileId, options, static (asked, token) => asked.Client.DeleteAsync(asked.Id, asked.Options, token), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<HostedFileContent> ListFilesAsync(HostedFileClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, "", Clean(options));
        return IsListening
            ? new TrackedStream<Asked, HostedFileContent, Listed>(
                _tracker.Recorder, RequestOf(Files.OperationList, options), asked, static (asked, token) => asked.Client.ListFilesAsync(asked.Options, token)).ReadAsync(cancellationToken)
            : InnerClient.ListFilesAsync(asked.Options, cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null) => _tracker.Service(base.GetService(serviceType, serviceKey), serviceType, serviceKey);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tracker.Leave();
        }

        base.Dispose(disposing);
    }

    private Task<TAnswer> RunAsync<TAnswer>(
        string operation, string id, HostedFileClientOptions? options, Func<Asked, CancellationToken, Task<TAnswer>> send, CancellationToken cancellationToken)
    {
        var asked = new Asked(InnerClient, id, Clean(options));
        return IsListening
            ? TrackedCall.RunAsync<Asked, TAnswer, Done<TAnswer>>(_tracker.Recorder, RequestOf(operation, options, id), asked, send, cancellationToken)
            : send(asked, cancellationToken);
    }

    private CallRequest RequestOf(string operation, HostedFileClientOptions? options, string? id = null, string? mediaType = null) => new(
        operation, Model: null, options?.AdditionalProperties, IsFree: true, Sent: _tracker.Recorder.HasSpanListeners
            ? new SentDetails([new(Files.Id, id), new(Files.MediaType, mediaType), new(Files.Purpose, options?.Purpose), new(Files.Scope, options?.Scope)])
            : null);

    private HostedFileClientOptions? Clean(HostedFileClientOptions? options) => _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
    {
        var copy = options.Clone();
        copy.AdditionalProperties = rest;
        return copy;
    });

    private readonly record struct Asked(IHostedFileClient Client, string Id, HostedFileClientOptions? Options);

    private readonly record struct Upload(IHostedFileClient Client, Stream Content, string? MediaType, string? FileName, HostedFileClientOptions? Options)
    {
        public Task<HostedFileContent> SendAsync(CancellationToken cancellationToken) => Client.UploadAsync(Content, MediaType, FileName, Options, cancellationToken);
    }

    // Each is one request; with a fee for those, it has that price.
    private static void AddRequest(ref CallReading reading) => reading.Add(new CallUsage { [UsageBucket.Request] = 1 });

    private readonly struct Uploaded : IAnswerReader<HostedFileContent>
    {
        public static void Read(ref CallReading reading, HostedFileContent answer, bool isCumulative)
        {
            reading.Tell(Files.Id, answer.FileId);
            reading.Tell(Files.Size, answer.SizeInBytes);
        }

        public static void End(ref CallReading reading) => AddRequest(ref reading);
    }

    private readonly struct Listed : IAnswerReader<HostedFileContent>
    {
        public static void Read(ref CallReading reading, HostedFileContent answer, bool isCumulative)
        {
        }

        public static void End(ref CallReading reading) => AddRequest(ref reading);
    }

    private readonly struct Done<TAnswer> : IAnswerReader<TAnswer>
    {
        public static void Read(ref CallReading reading, TAnswer answer, bool isCumulative)
        {
            if (answer is HostedFileContent file)
            {
                reading.Tell(Files.Size, file.SizeInBytes);
            }
        }

        public static void End(ref CallReading reading) => AddRequest(ref reading);
    }
}
