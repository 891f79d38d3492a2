#pragma warning disable MEAI001, OPENAI002 // Realtime is still marked as experimental, in Microsoft.Extensions.AI and in OpenAI's SDK.
using System.ClientModel.Primitives;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;
using RealtimeServerUpdate = OpenAI.Realtime.RealtimeServerUpdate;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>A realtime client whose one session gives what the test says.</summary>
internal sealed class RealtimeLike(params RealtimeServerMessage[] messages) : IRealtimeClient
{
    public SessionLike Session { get; } = new(messages);

    public Task<IRealtimeClientSession> CreateSessionAsync(RealtimeSessionOptions? options = null, CancellationToken cancellationToken = default)
    {
        Session.Options = options;
        return Task.FromResult<IRealtimeClientSession>(Session);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? Session.Metadata : null;

    public void Dispose()
    {
    }

    internal sealed class SessionLike(RealtimeServerMessage[] messages) : IRealtimeClientSession
    {
        public ChatClientMetadata Metadata { get; } = new("openai", null, "gpt-realtime");

        public RealtimeSessionOptions? Options
        {
            get => OptionsFailure is null ? field : throw OptionsFailure;
            set;
        }

        public Exception? OptionsFailure { get; set; }

        public List<RealtimeClientMessage> Sent { get; } = [];

        public Exception? Failure { get; set; }

        /// <summary>Called before each message.</summary>
        public Action<RealtimeServerMessage>? Before { get; set; }

        public bool IsDisposed { get; private set; }

        public Task SendAsync(RealtimeClientMessage message, CancellationToken cancellationToken = default)
        {
            Sent.Add(message);
            return Task.CompletedTask;
        }

        public async IAsyncEnumerable<RealtimeServerMessage> GetStreamingResponseAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            foreach (var message in messages)
            {
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                Before?.Invoke(message);
                yield return message;
            }

            if (Failure is not null)
            {
                throw Failure;
            }
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType == typeof(ChatClientMetadata) ? Metadata : null;

        public ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return ValueTask.CompletedTask;
        }
    }
}

/// <summary>
/// Messages as Microsoft.Extensions.AI's client for OpenAI makes them of what comes over the wire (OpenAIRealtimeClientSession, 2026-08): without cached
/// tokens, and without the usage of transcriptions.
/// </summary>
internal static class RealtimeWireLike
{
    public static RealtimeServerMessage Raw(string json) => new() { Type = RealtimeServerMessageType.RawContentOnly, RawRepresentation = Update(json) };

    public static ResponseCreatedRealtimeServerMessage Created(string id) =>
        new(RealtimeServerMessageType.ResponseCreated) { ResponseId = id, Status = "in_progress" };

    public static ResponseCreatedRealtimeServerMessage Done(string json, object? raw = null)
    {
        var response = JsonElement.Parse(json).GetProperty("response");
        return new ResponseCreatedRealtimeServerMessage(RealtimeServerMessageType.ResponseDone)
        {
            ResponseId = response.GetProperty("id").GetString(),
            Status = response.GetProperty("status").GetString(),
            RawRepresentation = raw ?? Update(json),
            Usage = response.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object ? Of(usage) : null,
        };
    }

    public static InputAudioTranscriptionRealtimeServerMessage Transcribed(string item, string usage) => new(RealtimeServerMessageType.InputAudioTranscriptionCompleted)
    {
        ItemId = item,
        ContentIndex = 0,
        Transcription = "Hi",
        RawRepresentation = Update(
            $$"""{"type":"conversation.item.input_audio_transcription.completed","event_id":"e","item_id":"{{item}}","content_index":0,"transcript":"Hi","usage":{{usage}}}"""),
    };

    private static RealtimeServerUpdate Update(string json) => ModelReaderWriter.Read<RealtimeServerUpdate>(BinaryData.FromString(json))!;

    private static UsageDetails Of(JsonElement usage) => new()
    {
        InputTokenCount = usage.GetProperty("input_tokens").GetInt64(),
        OutputTokenCount = usage.GetProperty("output_tokens").GetInt64(),
        TotalTokenCount = usage.GetProperty("total_tokens").GetInt64(),
        InputAudioTokenCount = usage.GetProperty("input_token_details").GetProperty("audio_tokens").GetInt64(),
        InputTextTokenCount = usage.GetProperty("input_token_details").GetProperty("text_tokens").GetInt64(),
        OutputAudioTokenCount = usage.GetProperty("output_token_details").GetProperty("audio_tokens").GetInt64(),
        OutputTextTokenCount = usage.GetProperty("output_token_details").GetProperty("text_tokens").GetInt64(),
    };
}
