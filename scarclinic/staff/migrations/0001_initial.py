import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
import scarclinic.staff.models
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChainHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.PositiveBigIntegerField()),
                ('hash', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField()),
                ('mac', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('sequence', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('hash', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('mac', models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=8, unique=True)),
                ('check_value', models.TextField()),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=20, unique=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='TokenBucket',
            fields=[
                ('key', models.CharField(max_length=64, primary_key=True, serialize=False)),
                ('full_at', models.FloatField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('profession', models.CharField(blank=True, choices=[('doctor', 'Doctor'), ('nurse', 'Nurse'), ('cosmetologist', 'Cosmetologist'), ('other', 'Another profession')], max_length=20, verbose_name='profession')),
                ('registration_number', models.CharField(blank=True, help_text='Needed to sign plans: patients can check it.', max_length=40, verbose_name='registration number')),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('has_keys', models.BooleanField(default=True, editable=False, verbose_name='keys of one letter')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(editable=False, verbose_name='when')),
                ('action', models.CharField(choices=[('intake_submitted', 'Intake sent'), ('intake_withdrawn', 'Intake withdrawn'), ('intake_erased', 'Intake erased'), ('intake_expired', 'Intake deleted, its time being over'), ('erased_again', 'Erased again, a backup being restored'), ('person_confirmed', 'Found to be from a person'), ('spam_deleted', 'Deleted, as not from a person'), ('erasure_asked', 'Erasure asked for'), ('erasure_refused', 'Erasure refused'), ('consent_decided', 'Consent decided'), ('consent_withdrawn', 'Consent withdrawn'), ('link_renewed', 'Private link renewed'), ('link_ended', 'Private link ended'), ('link_opened', 'Private link opened in a new browser'), ('date_guessed', 'Wrong date of birth at a private link'), ('contact_read', 'Name and contact read'), ('list_read', 'List of patients read'), ('people_searched', 'People searched'), ('data_exported', 'Data downloaded by the patient'), ('plan_read', 'Plan read'), ('plan_claimed', 'Plan claimed'), ('plan_released', 'Plan released'), ('plan_assigned', 'Plan assigned'), ('plan_taken_over', 'Plan taken over from a colleague'), ('plan_handed_over', 'Plan handed over to a colleague'), ('first_look_noted', 'First impression noted'), ('plan_decided', 'Plan decided'), ('plan_signed', 'Plan signed'), ('plan_proposed', 'Plan signed, to be countersigned'), ('plan_recalled', 'Patient called about a plan'), ('recall_set', 'Recall of a patient set'), ('recall_moved', 'Recall of a patient moved'), ('recall_done', 'Patient asked back'), ('recall_withdrawn', 'Recall of a patient withdrawn'), ('examined', 'Finding of an examination noted'), ('cards_redealt', 'Cards dealt anew by a new protocol'), ('plan_amended', 'Plan amended'), ('plan_printed', 'Plan printed'), ('answers_printed', 'Answers printed'), ('photo_viewed', 'Photo viewed'), ('worry_noted', 'Safeguarding note written'), ('worry_read', 'Safeguarding notes read'), ('question_asked', 'Question asked'), ('question_answered', 'Question answered'), ('message_sent', 'Message sent by the patient'), ('message_answered', 'Message sent to the patient'), ('messages_noted', 'Messages settled without an answer'), ('messages_read', 'Messages read by the patient'), ('plan_responded', 'Plan answered by the patient'), ('numbers_exported', 'Statistics downloaded'), ('contact_corrected', 'Contact corrected by the patient'), ('contact_mended', 'Contact corrected by the clinic'), ('caller_checked', 'Caller named the right date of birth'), ('caller_refused', 'Caller named a wrong date of birth'), ('call_noted', 'Call noted'), ('answers_corrected', 'Answers corrected by the patient'), ('history_linked', 'Intakes found to be of one person'), ('history_parted', 'Intakes found to be of two persons'), ('photo_added', 'Photo added by the patient'), ('photo_removed', 'Photo removed by the patient'), ('photo_refused', 'Photo removed, as none may be kept'), ('letter_sent', 'E-mail or text message handed over for sending'), ('letter_printed', 'Letter printed'), ('letters_retried', 'E-mails sent again'), ('pictures_withdrawn', 'Pictures withdrawn'), ('published', 'Published'), ('unpublished', 'Unpublished'), ('loosening_asked', 'Loosening asked for'), ('loosening_confirmed', 'Loosening confirmed'), ('loosening_refused', 'Loosening refused'), ('loosening_void', 'Loosening void'), ('reverted', 'Reverted'), ('protocol_approved', 'Protocol approved'), ('moved', 'Address changed'), ('login', 'Logged in'), ('login_failed', 'Log-in failed'), ('password_changed', 'Password changed'), ('factor_added', 'Second factor added'), ('factor_removed', 'Second factor removed'), ('factors_reset', 'Second factors taken away'), ('codes_renewed', 'Recovery codes made anew'), ('recovery_code_used', 'Recovery code used'), ('sessions_ended', 'Sessions ended'), ('reset_link_sent', 'Link for a new password sent'), ('change_asked', 'Change of an account asked for'), ('change_confirmed', 'Change of an account confirmed'), ('change_refused', 'Change of an account refused'), ('account_added', 'Account added'), ('account_changed', 'Account changed'), ('account_deleted', 'Account deleted'), ('ledger_shortened', 'Old events removed')], editable=False, max_length=20, verbose_name='action')),
                ('subject_model', models.CharField(editable=False, max_length=100, verbose_name='kind')),
                ('subject_id', models.PositiveBigIntegerField(editable=False, null=True, verbose_name='number')),
                ('case_id', models.PositiveBigIntegerField(editable=False, null=True, verbose_name='case')),
                ('row_count', models.PositiveIntegerField(editable=False, null=True, verbose_name='rows')),
                ('mac', models.CharField(editable=False, max_length=64)),
                ('by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to=settings.AUTH_USER_MODEL, verbose_name='who')),
            ],
            options={
                'verbose_name': 'event',
                'verbose_name_plural': 'events',
                'ordering': ['-at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ChainLink',
            fields=[
                ('sequence', models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('hash', models.CharField(max_length=64)),
                ('event', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='link', to='staff.event')),
            ],
        ),
        migrations.CreateModel(
            name='AccountChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('changes', models.JSONField(editable=False)),
                ('asked_at', models.DateTimeField(auto_now_add=True, verbose_name='asked for on')),
                ('settled_at', models.DateTimeField(editable=False, null=True, verbose_name='settled on')),
                ('is_confirmed', models.BooleanField(editable=False, null=True, verbose_name='confirmed')),
                ('asked_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='asked for by')),
                ('settled_by', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='settled by')),
                ('user', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.CASCADE, related_name='changes', to=settings.AUTH_USER_MODEL, verbose_name='account')),
            ],
            options={
                'verbose_name': 'change of an account',
                'verbose_name_plural': 'changes of accounts',
                'ordering': ['-asked_at'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('user',), name='staff_accountchange_one_waits'), models.CheckConstraint(condition=models.Q(models.Q(('is_confirmed', None), ('settled_at', None), ('settled_by', None)), models.Q(('is_confirmed__isnull', False), ('settled_at__isnull', False), ('settled_by__isnull', False)), _connector='OR'), name='staff_accountchange_settled_is_whole'), models.CheckConstraint(condition=models.Q(models.Q(('is_confirmed', True), _negated=True), models.Q(('settled_by', models.F('asked_by')), _negated=True), _connector='OR'), name='staff_accountchange_by_two')],
            },
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(models.F('at'), name='staff_event_at'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(models.F('subject_model'), models.F('subject_id'), name='staff_event_subject'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(models.F('case_id'), name='staff_event_case'),
        ),
        migrations.AddConstraint(
            model_name='event',
            constraint=models.CheckConstraint(condition=models.Q(('action__in', scarclinic.staff.models.Action)), name='staff_event_action_is_known'),
        ),
    ]
